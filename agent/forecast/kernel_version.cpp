// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "forecast/kernel_version.hpp"

#include <charconv>

namespace forkmend::forecast {

namespace {

/// N of "4.18.0-N.el8": RHEL 8 took many later changes in under one version.
std::optional<int> el8_build(std::string_view release) {
  constexpr std::string_view kBegin = "4.18.0-";
  if (!release.starts_with(kBegin) || release.find(".el8") == std::string_view::npos) {
    return std::nullopt;
  }
  int build = 0;
  const char* const end = release.data() + release.size();
  if (std::from_chars(release.data() + kBegin.size(), end, build).ec != std::errc()) {
    return std::nullopt;
  }
  return build;
}

/// RHEL 8.0 and 8.3, the ones on either side of what has not been read.
constexpr int kRhel80 = 80;
constexpr int kRhel83 = 240;
constexpr int kRhel84 = 305;

}  // namespace

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

MemcgForkEffect memcg_fork_effect(std::string_view release) {
  if (const auto build = el8_build(release)) {
    return *build <= kRhel80 ? MemcgForkEffect::enomem : MemcgForkEffect::kill;
  }
  const auto version = parse_kernel_version(release);
  if (!version || *version >= KernelVersion{4, 19}) return MemcgForkEffect::kill;
  return *version < KernelVersion{4, 8} ? MemcgForkEffect::none : MemcgForkEffect::enomem;
}

std::optional<bool> sacrifices_child(std::string_view release) {
  if (const auto build = el8_build(release)) {
    if (*build <= kRhel80) return true;
    return *build < kRhel83 ? std::nullopt : std::optional(false);
  }
  const auto version = parse_kernel_version(release);
  if (!version) return std::nullopt;
  return *version < KernelVersion{5, 1};
}

std::optional<bool> copies_whole_huge_pages(std::string_view release) {
  if (const auto build = el8_build(release)) {
    if (*build <= kRhel83) return true;
    return *build < kRhel84 ? std::nullopt : std::optional(false);
  }
  const auto version = parse_kernel_version(release);
  if (!version) return std::nullopt;
  return *version < KernelVersion{5, 8};
}

}  // namespace forkmend::forecast
