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

/// Makes or replaces a file (0600) in the directory by rename, so that nobody ever sees half of it;
/// not synced. NAME.new is taken for it.
[[nodiscard]] Result<void> replace_whole(const Descriptor& directory, const std::string& name,
                                         std::string_view content);

}  // namespace forkmend::engine
