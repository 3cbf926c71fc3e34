// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "remediations/own_file.hpp"

namespace forkmend::remediations {

/// A setting of a systemd unit that is to outlive a reboot.
struct UnitSetting {
  std::string_view remedy;
  std::string unit;      ///< "redis-server.service", "system.slice"
  std::string cgroup;    ///< a cgroup of that unit: tells a user's own systemd from the system's
  std::string_view key;  ///< LimitNPROC, TasksMax
  std::string value;
  /// Further settings of that unit, so that one step writes the file.
  std::vector<std::pair<std::string, std::string>> also = {};
};

/// "redis-server.service" for a cgroup directory that a system unit of systemd owns; empty for
/// anything else: a user's own manager, a container runtime, a directory made by hand.
[[nodiscard]] std::string unit_of_cgroup(std::string_view directory);

/// The step that keeps a setting in /etc/systemd/system/UNIT.d/50-forkmend.conf (then
/// daemon-reload), beside other settings of ours for that unit; or the note why it cannot be kept:
/// no systemd, a transient scope, or a drop-in that sorts later and sets the same key.
[[nodiscard]] Persistence persist_unit_setting(const PlanInput& input, const UnitSetting& setting);

}  // namespace forkmend::remediations
