// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "remediations/own_file.hpp"

namespace forkmend::remediations {

/// Sorts behind every usual name, so that it has the last word at boot (sysctl.d(5)).
inline constexpr std::string_view kSysctlFile = "/etc/sysctl.d/99-zz-forkmend.conf";

struct SysctlSetting {
  std::string_view remedy;
  std::string key;
  std::string value;
  /// The other half of a pair that zero each other: no line of ours may set it as well.
  std::string excludes;
};

/// The step that keeps a sysctl over a reboot, beside other settings of ours in that file; or the
/// note why it cannot: a file that is read later sets the key (named with its line), or someone
/// sets the other half of the pair. Who set it so far is named in a note.
[[nodiscard]] Persistence persist_sysctl(const PlanInput& input, const SysctlSetting& setting);

/// The same for several, in one step: two steps that write one file would each miss the other's
/// lines.
[[nodiscard]] Persistence persist_sysctls(const PlanInput& input,
                                          const std::vector<SysctlSetting>& settings);

}  // namespace forkmend::remediations
