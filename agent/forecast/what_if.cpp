// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "forecast/what_if.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <string_view>

#include "base/text.hpp"
#include "base/units.hpp"
#include "forecast/arithmetic.hpp"
#include "forecast/commit.hpp"

namespace forkmend::forecast {

namespace {

using Changes = std::map<std::string, FactValue>;

/// What is derived, over facts before and after the changes that were named.
class Consequences {
 public:
  Consequences(const FactSet& before, const Changes& changes)
      : before_(before), after_(before.with(changes)), named_(changes) {}

  [[nodiscard]] bool named(std::string_view name) const {
    return named_.contains(std::string(name));
  }
  [[nodiscard]] bool any_named(std::initializer_list<std::string_view> names) const {
    return std::ranges::any_of(names, [&](std::string_view name) { return named(name); });
  }
  /// Only what was known before, and not what was named.
  void derive(std::string_view name, std::int64_t value) {
    if (named(name) || !before_.integer(name)) return;
    after_ = after_.with({{std::string(name), value}});
  }
  [[nodiscard]] std::optional<std::int64_t> before(std::string_view name) const {
    return before_.integer(name);
  }
  [[nodiscard]] const FactSet& after() const { return after_; }
  /// By how much a named fact grows; 0 when it is not named or was not known.
  [[nodiscard]] std::int64_t growth(std::string_view name) const {
    const auto old = before_.integer(name);
    const auto now = after_.integer(name);
    return old && now ? subtract_clamped(*now, *old) : 0;
  }

 private:
  const FactSet& before_;
  FactSet after_;
  const Changes& named_;
};

void add(Consequences& all, std::string_view name, std::int64_t amount) {
  const auto old = all.before(name);
  if (old && amount != 0) all.derive(name, std::max<std::int64_t>(add_clamped(*old, amount), 0));
}

void scale(Consequences& all, std::string_view name, double factor) {
  const auto old = all.before(name);
  if (!old) return;
  all.derive(name, std::llround(static_cast<double>(*old) * factor));
}

void derive_commit_limit(Consequences& all) {
  if (all.named("host.overcommit_ratio")) all.derive("host.overcommit_kbytes", 0);
  if (all.after().integer("host.overcommit_kbytes").value_or(0) != 0) {
    all.derive("host.overcommit_ratio", 0);
  }
  if (!all.any_named({"host.overcommit_ratio", "host.overcommit_kbytes", "host.mem_total",
                      "host.hugetlb", "host.swap_total"})) {
    return;
  }
  const auto settings = commit_settings(all.after());
  if (settings) all.derive("host.commit_limit", commit_limit_bytes(*settings));
}

void derive_memory(Consequences& all) {
  const std::int64_t ram = all.growth("host.mem_total");
  const std::int64_t swap = all.growth("host.swap_total");
  add(all, "host.swap_free", swap);
  add(all, "host.mem_free", ram);
  add(all, "host.mem_available", ram);
  add(all, "host.free_for_heuristic", add_clamped(ram, swap));
}

/// A process of another size, with the same make-up.
void derive_process(Consequences& all) {
  for (const auto* name : {"instance.rss", "instance.rss_anon"}) {
    const auto old = all.before(name);
    const auto now = all.after().integer(name);
    if (!all.named(name) || !old || !now || *old <= 0) continue;
    const double factor = static_cast<double>(*now) / static_cast<double>(*old);
    for (const auto* part :
         {"instance.rss", "instance.rss_anon", "instance.vm_pte", "redis.latest_fork_usec"}) {
      scale(all, part, factor);
    }
    return;
  }
}

/// What the server is told to stay below.
std::optional<std::int64_t> named_maxmemory(const Consequences& all) {
  if (all.named("redis.maxmemory")) return all.after().integer("redis.maxmemory");
  constexpr std::string_view kConfig = "redis.config.maxmemory";
  if (!all.named(kConfig)) return std::nullopt;
  if (const auto number = all.after().integer(kConfig)) return number;
  const auto text = all.after().text(kConfig);
  return text ? parse_integer(*text) : std::nullopt;
}

/// Evicted keys leave the data set and the next file; the allocator may keep their memory, so RSS
/// stays as it is.
void derive_eviction(Consequences& all) {
  const auto limit = named_maxmemory(all);
  const auto used = all.before("redis.used_memory");
  if (!limit || *limit <= 0 || !used || *used <= *limit) return;
  const double factor = static_cast<double>(*limit) / static_cast<double>(*used);
  for (const auto* name : {"redis.used_memory", "redis.used_memory_dataset",
                           "instance.dir.target_size", "redis.aof_base_size"}) {
    scale(all, name, factor);
  }
}

}  // namespace

FactSet what_if(const FactSet& facts, const Changes& changes) {
  Consequences all(facts, changes);
  derive_commit_limit(all);
  derive_memory(all);
  derive_process(all);
  derive_eviction(all);
  return all.after();
}

}  // namespace forkmend::forecast
