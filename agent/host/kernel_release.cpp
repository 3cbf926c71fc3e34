// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/kernel_release.hpp"

#include <charconv>

#include "base/text.hpp"

namespace forkmend::host {

namespace {

std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || value < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

}  // namespace

std::optional<KernelRelease> parse_kernel_release(std::string_view text) {
  text = trim(text);
  KernelRelease release;
  const auto major = take_number(text);
  if (!major || !text.starts_with('.')) return std::nullopt;
  text.remove_prefix(1);
  const auto minor = take_number(text);
  if (!minor) return std::nullopt;
  release.major = *major;
  release.minor = *minor;
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    text.remove_prefix(dash + 1);
    release.build = take_number(text);
  }
  return release;
}

}  // namespace forkmend::host
