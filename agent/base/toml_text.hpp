// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace forkmend {

/// toml++ 3.3 has undefined behaviour for some letters outside ASCII where it looks for white
/// space: is_non_ascii_horizontal_whitespace() calls U+00A1 to U+0499 and four more ranges
/// unreachable. So it is given every character from U+0080 to U+FFFF as the one of plane 15
/// (private use) with the same last four digits: one character for one, so that columns stay right.
/// A byte order mark at the start stays. Broken UTF-8 stays as it is, for the parser to refuse.
/// nullopt when the text has characters of plane 15 itself.
[[nodiscard]] std::optional<std::string> to_private_use(std::string_view text);

/// The text as it was, of a string, a key or a message that the parser gave back.
[[nodiscard]] std::string from_private_use(std::string_view text);

}  // namespace forkmend
