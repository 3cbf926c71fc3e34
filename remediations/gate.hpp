// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/fact.hpp"
#include "remediations/remediation.hpp"

namespace forkmend::remediations {

/// "host.swap_total is unreadable (Permission denied)": why a fact gives no value, as a clause.
[[nodiscard]] std::string why_missing(const FactSet& facts, std::string_view name);

/// An answer for a fact without a value: not_applicable where the fact says so, else unknown.
[[nodiscard]] ProbeResult no_answer(const FactSet& facts, std::string_view name);

/// Why settings of the host must not be changed from here: a container, a user namespace, or
/// nobody can tell. Ends with the line for a person on the host. nullopt: the host is ours.
[[nodiscard]] std::optional<std::string> host_is_not_ours(const FactSet& facts,
                                                          std::string_view line_for_host);

/// Why nothing may be changed on behalf of the instance: it is not proven to be a process of this
/// host. Facts without an instance (host-wide prevention) pass.
[[nodiscard]] std::optional<std::string> instance_is_not_ours(const FactSet& facts);

/// Why a further fork would trade a clean error for an OOM kill: what a save is expected to copy
/// does not fit into what memory (of the host, or under a memory limit of the server's cgroups) can
/// still be had. nullopt: it fits. Expected is redis.rdb_last_cow_size once a save has measured it,
/// else half of redis.used_memory (the rule of thumb of "memory x 1.5"), else half of instance.rss;
/// page tables come on top. Facts without an instance pass; one of unknown size does not.
[[nodiscard]] std::optional<std::string> short_of_memory(const PlanInput& input);

}  // namespace forkmend::remediations
