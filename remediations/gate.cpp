// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/gate.hpp"

#include <cstdint>

#include "base/text.hpp"
#include "base/units.hpp"
#include "host/sysctl.hpp"

namespace forkmend::remediations {

namespace {

struct ExpectedCopy {
  std::int64_t bytes = 0;
  std::string basis;
};

std::optional<ExpectedCopy> expected_copy(const FactSet& facts) {
  const std::int64_t page_tables = facts.integer("instance.vm_pte").value_or(0);
  if (const auto measured = facts.integer("redis.rdb_last_cow_size"); measured.value_or(0) > 0) {
    return ExpectedCopy{*measured + page_tables, "measured at the last save"};
  }
  if (const auto used = facts.integer("redis.used_memory")) {
    return ExpectedCopy{*used / 2 + page_tables, "half of used_memory, as no save measured it yet"};
  }
  if (const auto rss = facts.integer("instance.rss")) {
    return ExpectedCopy{*rss / 2 + page_tables, "half of its resident memory"};
  }
  return std::nullopt;
}

std::string panic_clause(const host::Root& root) {
  const auto panic = host::read_sysctl_integer(root, "vm.panic_on_oom");
  if (!panic || *panic == 0) return "";
  return ", and vm.panic_on_oom=" + std::to_string(*panic) + " would make that a panic of the host";
}

/// The memory cgroup level with too little room; levels that cannot be read decide nothing.
std::optional<std::string> short_level(const FactSet& facts, std::int64_t need) {
  const std::int64_t levels = facts.integer("instance.memory.levels").value_or(0);
  for (std::int64_t i = 0; i < levels; ++i) {
    const std::string level = "instance.memory." + std::to_string(i) + ".";
    const auto maximum = facts.integer(level + "max");
    const auto current = facts.integer(level + "current");
    if (!maximum || !current || *maximum == kUnlimited) continue;
    const std::int64_t room =
        *maximum - *current + facts.integer(level + "reclaimable").value_or(0);
    if (room < need) {
      return "only " + format_size(room < 0 ? 0 : room) + " are left under the memory limit of " +
             facts.text(level + "path").value_or("cgroup level " + std::to_string(i));
    }
  }
  return std::nullopt;
}

}  // namespace

std::string why_missing(const FactSet& facts, std::string_view name) {
  const Fact* fact = facts.find(name);
  if (fact == nullptr) return std::string(name) + " is unknown";
  if (fact->state == FactState::value) return std::string(name) + " is not a usable value";
  std::string text = std::string(name) + " is " + std::string(to_string(fact->state));
  if (!fact->reason.empty()) text += " (" + fact->reason + ")";
  return text;
}

ProbeResult no_answer(const FactSet& facts, std::string_view name) {
  const Fact* fact = facts.find(name);
  const bool none = fact != nullptr && fact->state == FactState::not_applicable;
  return {none ? Applicability::not_applicable : Applicability::unknown, why_missing(facts, name)};
}

std::optional<std::string> host_is_not_ours(const FactSet& facts, std::string_view line_for_host) {
  const std::string otherwise = "; on the host itself run: " + std::string(line_for_host);
  const auto container = facts.text("host.container");
  if (!container) {
    return "it is not known whether this is a container, as " +
           why_missing(facts, "host.container") + otherwise;
  }
  if (*container != "none") {
    return "this setting belongs to the host and forkmend runs in a container (" + *container +
           ")" + otherwise;
  }
  const auto initial = facts.flag("host.initial_user_namespace");
  if (!initial) {
    return "it is not known whether this is the initial user namespace, as " +
           why_missing(facts, "host.initial_user_namespace") + otherwise;
  }
  if (!*initial) {
    return "this setting belongs to the host and forkmend runs in a user namespace of its own" +
           otherwise;
  }
  return std::nullopt;
}

std::optional<std::string> instance_is_not_ours(const FactSet& facts) {
  if (facts.flag("instance.local").value_or(false)) return std::nullopt;
  const bool any_instance =
      facts.find("instance.local") != nullptr || facts.find("instance.endpoint") != nullptr;
  if (!any_instance) return std::nullopt;
  std::string text = "the server is not proven to be a process of this host";
  if (const auto how = facts.text("instance.locality"); how && !how->empty()) {
    text += " (" + *how + ")";
  }
  return text;
}

std::optional<std::string> short_of_memory(const PlanInput& input) {
  const FactSet& facts = input.facts;
  const auto expected = expected_copy(facts);
  if (!expected) {
    if (facts.find("instance.endpoint") == nullptr) return std::nullopt;
    return "it is not known how much a save would copy, as " +
           why_missing(facts, "redis.used_memory");
  }
  const auto available = facts.integer("host.mem_available");
  const auto swap = facts.integer("host.swap_free");
  if (!available || !swap) {
    return "it is not known whether memory suffices for a save, as " +
           why_missing(facts, available ? "host.swap_free" : "host.mem_available");
  }
  const std::string need =
      "a save is expected to copy " + format_size(expected->bytes) + " (" + expected->basis + ")";
  const std::string outcome =
      ": a fork that is refused now would become an OOM kill" + panic_clause(input.root);
  if (*available + *swap < expected->bytes) {
    return need + " but only " + format_size(*available + *swap) + " of memory and swap are left" +
           outcome;
  }
  const auto level = short_level(facts, expected->bytes);
  return level ? std::optional(need + " but " + *level + outcome) : std::nullopt;
}

}  // namespace forkmend::remediations
