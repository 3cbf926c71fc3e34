// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "redis/info.hpp"
#include "remediations/remediation.hpp"

namespace forkmend::remediations {

/// Where steps on a server go: its URL, and the run that was planned for.
struct ServerAddress {
  std::string endpoint;
  std::string run_id;
  std::int64_t pid = 0;  ///< on this host
  std::uint64_t start_time = 0;
};

/// Or why nothing is changed on it: not proven local, or not known.
[[nodiscard]] std::variant<ServerAddress, Refusal> server_address(const FactSet& facts);

/// "redis.config.NAME".
[[nodiscard]] std::string config_fact(std::string_view parameter);
[[nodiscard]] std::optional<std::string> config_value(const FactSet& facts,
                                                      std::string_view parameter);

struct ServerSetting {
  std::string_view remedy;
  std::string_view parameter;
  std::string value;
  std::string why;
  Risk risk = Risk::safe;
};

/// CONFIG SET of the running server; `before` is what the facts say, and the effect is the new
/// value.
[[nodiscard]] Step config_step(const FactSet& facts, const ServerAddress& server,
                               ServerSetting setting);

/// A command that leaves nothing in force, "MEMORY PURGE".
[[nodiscard]] Step command_step(std::string_view remedy, const ServerAddress& server,
                                std::string_view command, std::string why);

/// Of the Redis that the server is compatible with: Valkey says 7 here as well, KeyDB 6.
[[nodiscard]] std::optional<redis::Version> redis_version(const FactSet& facts);

[[nodiscard]] std::optional<bool> is_replica(const FactSet& facts);

/// The diagnosis blames one of the remedy's causes.
[[nodiscard]] bool blames_one_of(const PlanInput& input, std::span<const std::string_view> causes);

}  // namespace forkmend::remediations
