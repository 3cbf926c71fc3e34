// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/kernel_release.hpp"

#include "base/text.hpp"

namespace forkmend::host {

std::optional<KernelRelease> parse_kernel_release(std::string_view text) {
  text = trim(text);
  KernelRelease release;
  const auto major = take_count(text);
  if (!major || !text.starts_with('.')) return std::nullopt;
  text.remove_prefix(1);
  const auto minor = take_count(text);
  if (!minor) return std::nullopt;
  release.major = *major;
  release.minor = *minor;
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    text.remove_prefix(dash + 1);
    release.build = take_count(text);
  }
  return release;
}

}  // namespace forkmend::host
