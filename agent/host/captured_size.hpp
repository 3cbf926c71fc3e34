// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "host/filesystem.hpp"

namespace forkmend::host {

/// Bytes of regular files of which a captured tree does not have the content, by path.
using SizeTable = std::map<std::string, std::int64_t, std::less<>>;

/// What access.toml says of the size of one file, in bytes; nullopt when it says nothing. Pure.
[[nodiscard]] std::optional<std::int64_t> captured_size(std::string_view toml,
                                                        std::string_view path);

/// access.toml with sizes. A file of which only the size is known has no more than that. Pure.
[[nodiscard]] std::string to_access_toml(const AttributesTable& table, const SizeTable& sizes);

}  // namespace forkmend::host
