// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The memory cgroup is charged for the child's page tables, kernel stack and mm structures, not for
// its heap. What happens at the limit depends on the kernel: before 4.19 (29ef680ae7c2) the OOM
// killer acts only for faults of user space, so the fork gets ENOMEM; from then on the killer runs
// inside fork() and may choose the forking server itself.
#include <algorithm>
#include <cerrno>
#include <string>

#include "base/units.hpp"
#include "forecast/arithmetic.hpp"
#include "forecast/memory_levels.hpp"
#include "forecast/rules.hpp"

namespace forkmend::forecast {

namespace {

constexpr std::string_view kMemcgRule = "MEMCG";

/// Task, kernel stack, mm, VMAs and anon_vmas of the child: about this much at most, and page
/// tables of file mappings, which the parent has and the child does not get.
constexpr std::int64_t kStructures = std::int64_t{512} << 10U;

/// MEMCG_CHARGE_BATCH: each CPU may hold this many pages that are charged but not used; they are
/// given back before a charge fails.
constexpr std::int64_t kStockPages = 64;

struct Need {
  std::int64_t least = 0;
  std::int64_t most = 0;
};

struct Tightest {
  MemoryLimit limit;
  Verdict verdict = Verdict::admitted;
};

/// Over `have` to `have` + what is unsure, a need of `least` to `most`.
Verdict weigh(const MemoryLimit& limit, const Need& need, std::int64_t stock, Verdict at_limit) {
  const std::int64_t room = limit.room();
  if (room >= need.most) return Verdict::admitted;
  const std::int64_t best = add_clamped(add_clamped(room, limit.swap), stock);
  return best < need.least ? at_limit : Verdict::too_close;
}

std::string sentence(const MemoryLimit& limit, const Need& need, Verdict verdict) {
  const std::string needs = "page tables and structures of the child take up to " +
                            format_size(need.most) + ", " + limit.name + " has " +
                            format_size(std::max<std::int64_t>(limit.room(), 0)) +
                            " left below its memory limit of " + format_size(limit.max);
  switch (verdict) {
    case Verdict::admitted:
      return "Admitted: " + needs + ".";
    case Verdict::refused:
      return "Refused: " + needs + ", and this kernel then fails the fork.";
    case Verdict::kill:
      return "OOM kill: " + needs +
             ", and this kernel then kills inside fork(), maybe the server itself.";
    case Verdict::too_close:
    case Verdict::unknown:
      break;
  }
  return "Too close to call: " + needs + "; swapping and the kernel's own batches decide.";
}

/// No task may be killed: version 1 oom_kill_disable, or a server that is exempt. The charge then
/// fails.
bool nobody_to_kill(RuleReader& reader, const MemoryLimit& limit) {
  const bool disabled =
      reader.look_flag(memory_fact(limit.level, "oom_kill_disabled")).value_or(false);
  return disabled || reader.look("instance.oom_score_adj") == -1000;
}

Verdict at_limit(RuleReader& reader, const MemoryLimit& limit, MemcgForkEffect effect) {
  if (effect == MemcgForkEffect::enomem || nobody_to_kill(reader, limit)) return Verdict::refused;
  return Verdict::kill;
}

std::int64_t stock_bytes(RuleReader& reader) {
  const std::int64_t cpus = reader.look("host.cpus_online").value_or(1);
  const std::int64_t page = reader.look("host.page_size").value_or(4096);
  return multiply_clamped(multiply_clamped(cpus, page), kStockPages);
}

/// The worst verdict first, among equals the least room.
bool tighter(const Tightest& a, const Tightest& b) {
  const auto rank = [](Verdict verdict) {
    return verdict == Verdict::admitted ? 0 : verdict == Verdict::too_close ? 1 : 2;
  };
  if (rank(a.verdict) != rank(b.verdict)) return rank(a.verdict) > rank(b.verdict);
  return a.limit.room() < b.limit.room();
}

std::optional<Tightest> tightest_of(RuleReader& reader, const std::vector<MemoryLimit>& limits,
                                    const Need& need, MemcgForkEffect effect) {
  const std::int64_t stock = stock_bytes(reader);
  std::optional<Tightest> tightest;
  for (const MemoryLimit& limit : limits) {
    const Tightest one{limit, weigh(limit, need, stock, at_limit(reader, limit, effect))};
    if (!tightest || tighter(one, *tightest)) tightest = one;
  }
  return tightest;
}

}  // namespace

std::optional<RuleForecast> memcg_rule(const FactSet& facts) {
  RuleReader reader(facts);
  const auto release = reader.look_text("host.kernel_release");
  const MemcgForkEffect effect = memcg_fork_effect(release.value_or(""));
  if (effect == MemcgForkEffect::none) {
    return reader.admitted(kMemcgRule, ENOMEM,
                           "This kernel charges no page tables to memory cgroups.");
  }
  const auto limits = read_memory_limits(reader);
  if (limits.empty()) {
    if (!reader.complete()) return reader.unknown(kMemcgRule, ENOMEM);
    return reader.admitted(kMemcgRule, ENOMEM, "No memory cgroup limits this server.");
  }
  const auto vm_pte = reader.need("instance.vm_pte");
  if (!vm_pte) return reader.unknown(kMemcgRule, ENOMEM);
  const Need need{std::max<std::int64_t>(subtract_clamped(*vm_pte, kStructures), 0),
                  add_clamped(*vm_pte, kStructures)};
  const auto tightest = tightest_of(reader, limits, need, effect);
  const bool denied = denies(tightest->verdict);
  // One level that denies is enough, whatever the unreadable ones hold.
  if (!denied && !reader.complete()) return reader.unknown(kMemcgRule, ENOMEM);
  RuleForecast rule =
      reader.admitted(kMemcgRule, ENOMEM, sentence(tightest->limit, need, tightest->verdict));
  rule.verdict = tightest->verdict;
  if (rule.verdict == Verdict::kill) rule.refusal_errno = 0;
  rule.margin = subtract_clamped(tightest->limit.room(), need.most);
  rule.unit = "bytes";
  return rule;
}

}  // namespace forkmend::forecast
