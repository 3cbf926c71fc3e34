// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Overcommit mode 0. Every mapping is tested alone and nothing is summed, so the largest one that
// is charged decides.
#include <cerrno>
#include <string>

#include "base/units.hpp"
#include "forecast/arithmetic.hpp"
#include "forecast/rule_reader.hpp"
#include "forecast/rules.hpp"

namespace forkmend::forecast {

namespace {

/// The largest mapping in pages. Without it, the whole charge is an upper bound of it.
struct Largest {
  std::int64_t pages = 0;
  bool is_bound = false;
};

std::optional<Largest> read_largest(RuleReader& reader, std::int64_t page) {
  if (const auto max = reader.look("instance.accountable_max")) {
    return Largest{pages_up(*max, page), false};
  }
  for (const auto* fact : {"instance.accountable", "instance.accountable_bound"}) {
    if (const auto sum = reader.look(fact)) return Largest{pages_up(*sum, page), true};
  }
  reader.miss("instance.accountable_max");
  return std::nullopt;
}

/// A mapping against what one version of the rule lets pass, in pages.
RuleForecast compare(RuleReader& reader, std::string_view id, const Largest& largest,
                     std::int64_t page, std::int64_t margin, const std::string& against) {
  const auto size = [&](std::int64_t pages) { return format_size(multiply_clamped(pages, page)); };
  const bool refused = margin < 0;
  if (refused && largest.is_bound) {
    reader.miss("instance.accountable_max");
    return reader.unknown(id, ENOMEM);
  }
  const std::string mapping = (largest.is_bound ? "no charged mapping is larger than "
                                                : "the largest charged mapping has ") +
                              size(largest.pages);
  RuleForecast rule = reader.admitted(
      id, ENOMEM, (refused ? "Refused: " : "Admitted: ") + mapping + ", " + against);
  rule.verdict = refused ? Verdict::refused : Verdict::admitted;
  rule.margin = multiply_clamped(margin, page);
  rule.unit = "bytes";
  return rule;
}

/// From 5.2 on (8c7829b04c52): refused when pages > totalram_pages + total_swap_pages.
RuleForecast new_rule(const FactSet& facts) {
  constexpr std::string_view kId = "OC0-new";
  RuleReader reader(facts);
  static_cast<void>(reader.look("host.overcommit_memory"));
  const auto page = reader.need("host.page_size");
  const auto mem_total = reader.need("host.mem_total");
  const auto swap_total = reader.need("host.swap_total");
  if (!page || *page <= 0 || !mem_total || !swap_total) return reader.unknown(kId, ENOMEM);
  const auto largest = read_largest(reader, *page);
  if (!largest) return reader.unknown(kId, ENOMEM);
  const std::int64_t limit = add_clamped(*mem_total / *page, *swap_total / *page);
  return compare(reader, kId, *largest, *page, subtract_clamped(limit, largest->pages),
                 "RAM and swap together are " + format_size(multiply_clamped(limit, *page)) + ".");
}

/// Before 5.2: refused when F - totalreserve - admin reserve <= pages. (F <= totalreserve refuses
/// too, which the sum gives by itself: a mapping is never smaller than nothing.)
struct OldSums {
  std::int64_t page = 0;
  std::int64_t free = 0;
  std::int64_t total_reserve = 0;
  std::int64_t admin_reserve = 0;
};

std::optional<OldSums> read_old_sums(RuleReader& reader) {
  const auto page = reader.need("host.page_size");
  const auto free = reader.need("host.free_for_heuristic");
  const auto reserve = reader.need("host.total_reserve");
  const auto admin = reader.need_or_none("host.admin_reserve_kbytes");
  if (!page || *page <= 0 || !free || !reserve || !admin) return std::nullopt;
  return OldSums{*page, *free / *page, pages_up(*reserve, *page),
                 multiply_clamped(*admin, 1024) / *page};
}

RuleForecast old_rule(const FactSet& facts) {
  constexpr std::string_view kId = "OC0-old";
  RuleReader reader(facts);
  static_cast<void>(reader.look("host.overcommit_memory"));
  const auto sums = read_old_sums(reader);
  if (!sums) return reader.unknown(kId, ENOMEM);
  const auto largest = read_largest(reader, sums->page);
  if (!largest) return reader.unknown(kId, ENOMEM);
  const auto admin = reader.look_flag("instance.cap_sys_admin");
  const auto usable = [&](std::int64_t admin_part) {
    return subtract_clamped(subtract_clamped(sums->free, sums->total_reserve), admin_part);
  };
  const auto margin = [&](std::int64_t admin_part) {
    return subtract_clamped(subtract_clamped(usable(admin_part), largest->pages), 1);
  };
  if (!admin && (margin(0) < 0) != (margin(sums->admin_reserve) < 0)) {
    reader.miss("instance.cap_sys_admin");
    return reader.unknown(kId, ENOMEM);
  }
  const std::int64_t admin_part = admin.value_or(false) ? 0 : sums->admin_reserve;
  return compare(reader, kId, *largest, sums->page, margin(admin_part),
                 "and this kernel lets one have less than " +
                     format_size(multiply_clamped(usable(admin_part), sums->page)) +
                     " (free memory, page cache and free swap, less reserves).");
}

/// Nobody knows which rule this kernel has: sure only where both agree.
RuleForecast either_rule(const FactSet& facts) {
  RuleForecast fresh = new_rule(facts);
  RuleForecast old = old_rule(facts);
  RuleReader reader(facts);
  static_cast<void>(reader.look_text("host.kernel_release"));
  reader.miss("host.overcommit_rule");
  RuleForecast rule = reader.unknown("OC0", ENOMEM);
  rule.inputs.merge(fresh.inputs);
  rule.inputs.merge(old.inputs);
  if (fresh.verdict != old.verdict || fresh.verdict == Verdict::unknown) return rule;
  const RuleForecast& tighter = fresh.margin < old.margin ? fresh : old;
  rule.verdict = tighter.verdict;
  rule.margin = tighter.margin;
  rule.unit = tighter.unit;
  rule.says = tighter.says + " The other rule that this kernel may have gives the same answer.";
  return rule;
}

}  // namespace

std::optional<RuleForecast> heuristic_rule(const FactSet& facts) {
  if (facts.integer("host.overcommit_memory") != 0) return std::nullopt;
  const auto which = facts.text("host.overcommit_rule");
  if (which == "new") return new_rule(facts);
  if (which == "old") return old_rule(facts);
  return either_rule(facts);
}

}  // namespace forkmend::forecast
