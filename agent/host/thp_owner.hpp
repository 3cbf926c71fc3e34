// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// Who sets transparent huge pages at boot. In the order in which they act.
enum class ThpOwnerKind { kernel_command_line, tmpfiles, unit, tuned };
[[nodiscard]] std::string_view to_string(ThpOwnerKind kind);

struct ThpOwner {
  ThpOwnerKind kind = ThpOwnerKind::tmpfiles;
  std::string file;   ///< where it is set
  std::string value;  ///< always, madvise, never; empty where only a mention was found
  std::string text;   ///< the line
  bool operator==(const ThpOwner&) const = default;
};

/// The global knob only. Files that cannot be read are left out.
[[nodiscard]] std::vector<ThpOwner> thp_owners(const Root& root);

}  // namespace forkmend::host
