// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string_view>

namespace forkmend::redis {

/// The errno whose strerror() text this is, with glibc's or musl's wording (Alpine images), or
/// "Unknown error N"; nullopt for anything else. "Success" is nullopt too: the server had lost its
/// errno by then (Redis up to 6.2).
[[nodiscard]] std::optional<int> errno_from_text(std::string_view text);

}  // namespace forkmend::redis
