// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace forkmend::host {

/// uname -r in parts. Vendors move changes between releases: compare only where no vendor did.
struct KernelRelease {
  std::int64_t major = 0;
  std::int64_t minor = 0;
  std::optional<std::int64_t> build;  ///< the number behind the first "-": 80 in 4.18.0-80.el8

  [[nodiscard]] bool is(std::int64_t other_major, std::int64_t other_minor) const {
    return major == other_major && minor == other_minor;
  }
  [[nodiscard]] bool at_least(std::int64_t other_major, std::int64_t other_minor) const {
    return major > other_major || (major == other_major && minor >= other_minor);
  }
};

[[nodiscard]] std::optional<KernelRelease> parse_kernel_release(std::string_view text);

}  // namespace forkmend::host
