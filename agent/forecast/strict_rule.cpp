// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Overcommit mode 2. At fork the kernel charges one mapping after the other, which together is the
// same as one test of the sum.
#include <cerrno>
#include <string>

#include "base/units.hpp"
#include "forecast/arithmetic.hpp"
#include "forecast/rule_reader.hpp"
#include "forecast/rules.hpp"
#include "forecast/strict_sums.hpp"

namespace forkmend::forecast {

namespace {

constexpr std::string_view kStrictRule = "OC2";

/// Three-valued: within the error of the kernel's counter nobody can tell.
Verdict classify(std::int64_t headroom, std::int64_t error) {
  if (error == 0) return headroom >= 0 ? Verdict::admitted : Verdict::refused;
  if (headroom > error) return Verdict::admitted;
  return headroom < -error ? Verdict::refused : Verdict::too_close;
}

std::string in_bytes(std::int64_t pages, std::int64_t page_size) {
  return format_size(multiply_clamped(pages, page_size));
}

std::string sentence(const StrictSums& sums, Verdict verdict, std::int64_t admin_part) {
  const auto size = [&](std::int64_t pages) { return in_bytes(pages, sums.page_size); };
  const std::int64_t headroom = sums.headroom(admin_part);
  const std::int64_t allowed = sums.allowed(admin_part);
  const std::string sum = size(sums.committed) + " committed and " +
                          (sums.kind == ChargeKind::bound ? "at most " : "") + size(sums.charge) +
                          " for the child";
  const std::string limit = "the " + size(allowed) + " that may be committed (CommitLimit " +
                            size(sums.limit) + " less " +
                            size(subtract_clamped(sums.limit, allowed)) + " of reserves).";
  if (verdict == Verdict::refused) {
    return "Refused: " + sum + " are " + size(subtract_clamped(0, headroom)) + " over " + limit;
  }
  if (verdict == Verdict::too_close) {
    return "Too close to call: " + sum + " are within " + size(sums.counter_error) +
           ", the error of the kernel's own counter, of " + limit;
  }
  return "Admitted: " + sum + " stay " + size(headroom) + " below " + limit;
}

void show_derived(RuleReader& reader, const StrictSums& sums, std::int64_t admin_part) {
  reader.derive("derived.commit_limit", multiply_clamped(sums.limit, sums.page_size));
  reader.derive("derived.allowed", multiply_clamped(sums.allowed(admin_part), sums.page_size));
  reader.derive("derived.counter_error", multiply_clamped(sums.counter_error, sums.page_size));
}

/// The verdict over all values that an unknown capability and an upper bound leave open.
Verdict decide(RuleReader& reader, const StrictSums& sums, std::optional<bool> admin) {
  const Verdict without = classify(sums.headroom(sums.admin_reserve), sums.counter_error);
  const Verdict with = classify(sums.headroom(0), sums.counter_error);
  if (!admin && without != with) {
    reader.miss("instance.cap_sys_admin");
    return Verdict::unknown;
  }
  const Verdict verdict = admin.value_or(false) ? with : without;
  if (sums.kind == ChargeKind::bound && verdict != Verdict::admitted) {
    reader.miss("instance.accountable");
    return Verdict::unknown;
  }
  return verdict;
}

}  // namespace

std::optional<RuleForecast> strict_rule(const FactSet& facts) {
  RuleReader reader(facts);
  if (reader.look("host.overcommit_memory") != 2) return std::nullopt;
  // Only shown beside the computed limit: a what-if changes what the limit is made of.
  static_cast<void>(reader.look("host.commit_limit"));
  const auto sums = read_strict_sums(reader);
  const auto admin = reader.look_flag("instance.cap_sys_admin");
  if (!sums) return reader.unknown(kStrictRule, ENOMEM);
  const std::int64_t admin_part = admin.value_or(false) ? 0 : sums->admin_reserve;
  show_derived(reader, *sums, admin_part);
  const Verdict verdict = decide(reader, *sums, admin);
  if (verdict == Verdict::unknown) return reader.unknown(kStrictRule, ENOMEM);
  RuleForecast rule = reader.admitted(kStrictRule, ENOMEM, sentence(*sums, verdict, admin_part));
  rule.verdict = verdict;
  rule.margin = multiply_clamped(sums->headroom(admin_part), sums->page_size);
  rule.unit = "bytes";
  return rule;
}

}  // namespace forkmend::forecast
