// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::daemon {

/// A pidfd of exactly that process. Errors: not_found (it has ended, or another one has its pid by
/// now), unsupported (a kernel before 5.3), permission_denied.
[[nodiscard]] Result<Descriptor> open_process(const host::Root& root, std::int64_t pid,
                                              std::uint64_t start_time);

/// Until that process has ended.
[[nodiscard]] boost::asio::awaitable<void> wait_for_exit(Descriptor process);

}  // namespace forkmend::daemon
