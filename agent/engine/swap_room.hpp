// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <vector>

#include "base/result.hpp"
#include "host/root.hpp"
#include "host/swaps.hpp"

namespace forkmend::engine {

/// Errors: busy, with the reason, when what has been swapped out to the area would not fit anywhere
/// else, so that bringing it back makes the kernel kill: neither into memory and other swap, nor
/// under the limit of a memory cgroup, to which its pages are charged again (unuse_pte() of
/// mm/swapfile.c); or while a server saves. An area that holds nothing always goes.
[[nodiscard]] Result<void> check_swap_room(const host::Root& root,
                                           const std::vector<host::SwapArea>& areas,
                                           const host::SwapArea& ours);

}  // namespace forkmend::engine
