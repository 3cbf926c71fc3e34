// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "remediations/own_file.hpp"
#include "remediations/remediation.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {

inline constexpr std::int64_t kGibibyte = std::int64_t{1} << 30;
/// The cgroup of the server's unit.
inline constexpr auto kRedisService = "/sys/fs/cgroup/system.slice/redis-server.service";

/// Path on the host -> content. Named, since {{"a", "b"}} alone could mean other things.
using Files = std::map<std::string, std::string>;

/// What one remedy is asked to plan from: a host tree and facts that the test writes. Parameters
/// are the remedy's defaults, the forecast is that of the facts.
struct Planning {
  Planning(std::string_view remedy, const Files& files);

  std::unique_ptr<HostTree> tree;
  host::CapturedTables tables;  ///< what statvfs says, path by path
  FactSet facts;
  policy::Parameters parameters;
  std::optional<diagnosis::Cause> cause;
  bool keep_strict_overcommit = true;
  const remediations::RemediationSpec* spec = nullptr;

  void set(const std::map<std::string, FactValue>& values);
  /// There, but it may not be read.
  void hide(std::string_view name);
  void blame(std::string_view cause_id);

  [[nodiscard]] remediations::ProbeResult probe() const;
  [[nodiscard]] remediations::PlanResult plan() const;
  /// The proposal; a refusal fails the test and gives an empty one.
  [[nodiscard]] remediations::Proposal proposal() const;
  /// The refusal's sentence; a proposal fails the test.
  [[nodiscard]] std::string refusal() const;
};

/// Facts of a plain host that is ours, with systemd.
[[nodiscard]] std::map<std::string, FactValue> own_host();
/// Facts of a local server, pid 812, 4 GiB used, 1 GiB copied at the last save.
[[nodiscard]] std::map<std::string, FactValue> local_server();

/// All notes in one text, a line each.
[[nodiscard]] std::string notes_of(const remediations::Proposal& proposal);
[[nodiscard]] std::string notes_of(const remediations::Persistence& persistence);

}  // namespace forkmend::testing
