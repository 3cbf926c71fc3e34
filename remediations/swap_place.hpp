// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "host/mountinfo.hpp"
#include "remediations/remediation.hpp"

namespace forkmend::remediations {

/// Why swapon(2) takes no file of that file system, or why it should not: one clause with what a
/// person can do instead. nullopt: it takes one that fallocate(2) made.
[[nodiscard]] std::optional<std::string> why_no_swap_file(const host::Mount& mount,
                                                          std::string_view kernel_release);

/// Where a swap file of `bytes` goes.
struct SwapPlace {
  std::string path;
  bool on_save_disk = false;  ///< saves are written to the same disk, as far as can be told
};

/// The named path, or with "auto" a name in one of the usual directories: on another disk than
/// the saves where one is suitable. Two saves have to fit beside it. The refusal says why the
/// first choice does not do.
[[nodiscard]] std::variant<SwapPlace, Refusal> choose_swap_place(
    const PlanInput& input, const std::optional<std::string>& named, std::int64_t bytes);

}  // namespace forkmend::remediations
