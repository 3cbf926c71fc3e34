// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "forecast/kernel_version.hpp"

#include <charconv>

namespace forkmend::forecast {

std::optional<KernelVersion> parse_kernel_version(std::string_view release) {
  const char* const begin = release.data();
  const char* const end = begin + release.size();
  KernelVersion version;
  const auto major = std::from_chars(begin, end, version.major);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return std::nullopt;
  const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
  if (minor.ec != std::errc()) return std::nullopt;
  return version;
}

}  // namespace forkmend::forecast
