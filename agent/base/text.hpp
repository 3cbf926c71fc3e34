// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace forkmend {

/// ASCII only, whatever the locale.
[[nodiscard]] constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
[[nodiscard]] std::string lower(std::string_view text);

/// Without blanks, tabs and line ends on either side.
[[nodiscard]] std::string_view trim(std::string_view text);

/// Split at each separator; empty parts are kept.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// Split at runs of blanks and tabs; no empty parts.
[[nodiscard]] std::vector<std::string_view> split_blanks(std::string_view text);

/// Lines without their "\n" or "\r\n"; a last line without line end counts.
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

/// The parts are views: of a temporary string they would dangle at once.
template <class T>
concept TemporaryString = std::same_as<T, std::string> || std::same_as<T, const std::string>;
template <TemporaryString T>
void split(T&& text, char separator) = delete;
template <TemporaryString T>
void split_blanks(T&& text) = delete;
template <TemporaryString T>
void lines_of(T&& text) = delete;

/// The decimal digits at the front, taken off the text; nullopt (and nothing taken) when there is
/// none or they overflow.
[[nodiscard]] std::optional<std::int64_t> take_count(std::string_view& text);

/// A whole decimal number (the end must match); nullopt for anything else, overflow included.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

/// Makes text of servers, logs and files harmless for a terminal or a log line: control characters
/// (C0, DEL, C1) and broken UTF-8 become "\xNN", newlines "\n"; at most max_bytes, then "...".
[[nodiscard]] std::string printable(std::string_view text, std::size_t max_bytes = 400);

/// The candidate that was probably meant, or nullopt when none is close (edit distance at most a
/// third of the length).
[[nodiscard]] std::optional<std::string> did_you_mean(std::string_view word,
                                                      std::span<const std::string_view> candidates);

/// One argument quoted for a POSIX shell; left bare when it needs no quotes.
[[nodiscard]] std::string shell_quote(std::string_view argument);

/// "a, b and c".
[[nodiscard]] std::string join_words(std::span<const std::string> words);

/// Parts with a separator between.
[[nodiscard]] std::string join(std::span<const std::string> parts, std::string_view separator);

}  // namespace forkmend
