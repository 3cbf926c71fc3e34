// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "host/root.hpp"

namespace forkmend::redis {

/// Whether a rotation may have named a file so that was called `base`: redis.log.1,
/// redis.log-20251125, redis-20251125.log (logrotate), 0.log.20251125-031000 (kubelet). Compressed
/// ones end otherwise, and are not read.
[[nodiscard]] bool is_rotated_name(std::string_view name, std::string_view base);

/// The newest rotated, uncompressed predecessor of a log in its own directory; never a symbolic
/// link.
[[nodiscard]] std::optional<std::string> rotated_predecessor(const host::Root& root,
                                                             const std::string& path);

}  // namespace forkmend::redis
