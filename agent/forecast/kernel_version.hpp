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

/// What a full memory cgroup does to a fork that charges page tables to it.
enum class MemcgForkEffect {
  none,    ///< page tables are not charged (before 4.8)
  enomem,  ///< fork() fails (4.8 to 4.18)
  kill,    ///< the OOM killer runs inside fork() (from 4.19 on; RHEL from 8.3 on)
};

/// By uname -r. A kernel that nobody has read counts as one that kills, which is the worse.
[[nodiscard]] MemcgForkEffect memcg_fork_effect(std::string_view release);

/// Before 5.1 (bbbe48029720; RHEL before 8.3) the OOM killer takes a child in place of its parent.
/// nullopt: not known.
[[nodiscard]] std::optional<bool> sacrifices_child(std::string_view release);

/// Before 5.8 (3917c80280c9; RHEL before 8.4) the first write to a shared huge page copies all of
/// it, later 4 KiB only. nullopt: not known.
[[nodiscard]] std::optional<bool> copies_whole_huge_pages(std::string_view release);

}  // namespace forkmend::forecast
