// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

/// One parameter in the text of a redis.conf. Nothing of what the operator wrote is touched: a
/// block of ours at the end overrides it, as the last line wins, and without the block the file is
/// byte for byte what it was.
///
///     # forkmend: begin maxmemory (above: 2gb)
///     maxmemory 1610612736
///     # forkmend: end (maxmemory)
namespace forkmend::redis {

/// What the text sets the parameter to: the words of its last line with a blank between them. The
/// lines of "save" add up, so that its value is all pairs since the last `save ""`; "" is none.
/// nullopt: no line sets it. Includes are not followed. Errors: parse.
[[nodiscard]] Result<std::optional<std::string>> directive_value(std::string_view text,
                                                                 std::string_view name);

/// The text in which that is `value`: with a block of ours, or without one where what stands above
/// it says so already; nullopt wants no line at all. Errors: parse; invalid (marks of ours that do
/// not pair, or an operator's line stands in the way of nullopt); changed (the lines above our
/// block are not those that it replaced, and taking it away would not bring `value` back).
[[nodiscard]] Result<std::string> with_directive(std::string_view text, std::string_view name,
                                                 const std::optional<std::string>& value);

/// The lines that set it, whatever stands above them. `save` takes one line a pair, as servers
/// before 7.0 do.
[[nodiscard]] std::vector<std::string> directive_lines(std::string_view name,
                                                       std::string_view value);

/// The same with the marks around them; `above` is what they replace.
[[nodiscard]] std::vector<std::string> directive_block(std::string_view name,
                                                       std::string_view value,
                                                       const std::optional<std::string>& above);

/// The marks up to where they are the same for every value: for a sed expression.
[[nodiscard]] std::string begin_mark(std::string_view name);
[[nodiscard]] std::string end_mark(std::string_view name);

}  // namespace forkmend::redis
