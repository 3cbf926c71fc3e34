// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/descriptor.hpp"
#include "base/result.hpp"

namespace forkmend::engine {

/// From where the descriptor stands to the end. Errors: too_large above `limit` bytes; what read(2)
/// met. `path` is for the message.
[[nodiscard]] Result<std::string> read_whole(const Descriptor& file, const std::string& path,
                                             std::size_t limit);

/// All of it; not synced.
[[nodiscard]] Result<void> write_whole(const Descriptor& file, std::string_view content);

}  // namespace forkmend::engine
