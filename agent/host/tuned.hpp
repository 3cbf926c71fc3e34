// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/root.hpp"

namespace forkmend::host {

/// A setting of the active tuned profile.
struct TunedSetting {
  std::string profile;
  std::string file;
  std::size_t line = 0;
  std::string value;
  bool operator==(const TunedSetting&) const = default;
};

/// Names in /etc/tuned/active_profile; empty when tuned is not in use.
[[nodiscard]] std::vector<std::string> tuned_profiles(const Root& root);

/// What the active profile, included ones too, sets for a key of a section: tuned_setting(root,
/// "sysctl", "vm.overcommit_memory"), tuned_setting(root, "vm", "transparent_hugepages").
[[nodiscard]] std::optional<TunedSetting> tuned_setting(const Root& root, std::string_view section,
                                                        std::string_view key);

}  // namespace forkmend::host
