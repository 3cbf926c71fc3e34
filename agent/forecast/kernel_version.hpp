// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <compare>
#include <optional>
#include <string_view>

namespace forkmend::forecast {

/// The first two numbers of uname -r. Vendors move single changes between versions, so this is only
/// asked where no vendor is known to have done so.
struct KernelVersion {
  int major = 0;
  int minor = 0;
  auto operator<=>(const KernelVersion&) const = default;
};

/// "4.18.0-553.el8_10.x86_64" -> 4.18; nullopt when the text does not start with two numbers.
[[nodiscard]] std::optional<KernelVersion> parse_kernel_version(std::string_view release);

}  // namespace forkmend::forecast
