// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Kernel memory of cgroup version 1: page tables and stacks are charged here too, and over the
// limit the allocation fails at once, without reclaim of user memory and without a kill. The limit
// has no effect from 5.16 on (58056f77502f).
#include <algorithm>
#include <cerrno>
#include <string>

#include "base/units.hpp"
#include "forecast/arithmetic.hpp"
#include "forecast/memory_levels.hpp"
#include "forecast/rules.hpp"

namespace forkmend::forecast {

namespace {

constexpr std::string_view kKmemRule = "KMEM";

struct KernelMemory {
  std::string name;
  std::int64_t limit = 0;
  std::int64_t current = 0;
};

/// nullopt: no such limit at this level, or an input is missing (the reader knows).
std::optional<KernelMemory> read_level(RuleReader& reader, std::int64_t level) {
  const std::string limit_fact = memory_fact(level, "kmem_limit");
  if (reader.absent(limit_fact)) return std::nullopt;
  const auto limit = reader.need(limit_fact);
  if (!limit || *limit == kUnlimited) return std::nullopt;
  const auto current = reader.need(memory_fact(level, "kmem_current"));
  if (!current) return std::nullopt;
  const auto path = reader.look_text(memory_fact(level, "path"));
  return KernelMemory{path.value_or("cgroup level " + std::to_string(level)), *limit, *current};
}

std::optional<KernelMemory> tightest_level(RuleReader& reader) {
  std::optional<KernelMemory> tightest;
  const auto room = [](const KernelMemory& one) {
    return subtract_clamped(one.limit, one.current);
  };
  const std::int64_t levels = memory_level_count(reader).value_or(0);
  for (std::int64_t level = 0; level < levels; ++level) {
    auto one = read_level(reader, level);
    if (one && (!tightest || room(*one) < room(*tightest))) tightest = std::move(one);
  }
  return tightest;
}

}  // namespace

std::optional<RuleForecast> kmem_rule(const FactSet& facts) {
  RuleReader reader(facts);
  const auto kernel = reader.kernel();
  if (kernel && *kernel >= KernelVersion{5, 16}) return std::nullopt;
  const auto tightest = tightest_level(reader);
  if (!tightest) {
    if (!reader.complete()) return reader.unknown(kKmemRule, ENOMEM);
    return reader.admitted(kKmemRule, ENOMEM, "No cgroup limits the kernel memory of this server.");
  }
  const auto vm_pte = reader.need("instance.vm_pte");
  if (!vm_pte) return reader.unknown(kKmemRule, ENOMEM);
  const std::int64_t margin =
      subtract_clamped(subtract_clamped(tightest->limit, tightest->current), *vm_pte);
  const bool refused = margin < 0;
  if (!refused && !reader.complete()) return reader.unknown(kKmemRule, ENOMEM);
  RuleForecast rule = reader.admitted(
      kKmemRule, ENOMEM,
      std::string(refused ? "Refused: " : "Admitted: ") + "the child's page tables take " +
          format_size(*vm_pte) + ", " + tightest->name + " uses " + format_size(tightest->current) +
          " of the " + format_size(tightest->limit) + " of kernel memory it may.");
  rule.verdict = refused ? Verdict::refused : Verdict::admitted;
  rule.margin = margin;
  rule.unit = "bytes";
  return rule;
}

}  // namespace forkmend::forecast
