// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// One active swap area, a line of /proc/swaps (swap_show() of mm/swapfile.c). Bytes.
struct SwapArea {
  std::string path;
  bool is_file = false;   ///< else a partition or device
  std::int64_t size = 0;  ///< usable: without the page of the header
  std::int64_t used = 0;
  std::int64_t priority = 0;
};

/// Lines that are not of the form are left out.
[[nodiscard]] std::vector<SwapArea> parse_swaps(std::string_view text);
/// Without an area when the kernel has no swap support.
[[nodiscard]] Result<std::vector<SwapArea>> read_swaps(const Root& root);

/// The area of a file or device; nullptr when it is not active.
[[nodiscard]] const SwapArea* find_swap(const std::vector<SwapArea>& areas, std::string_view path);

}  // namespace forkmend::host
