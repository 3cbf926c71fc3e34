// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>

#include "base/text.hpp"
#include "redis/log_frame.hpp"

namespace forkmend::redis {

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

std::optional<std::int64_t> take_digits(std::string_view& text, std::size_t max_digits) {
  const auto end = std::ranges::find_if_not(text, is_digit);
  const auto length = static_cast<std::size_t>(end - text.begin());
  if (length > max_digits) return std::nullopt;
  const auto number = parse_integer(text.substr(0, length));
  if (number) text.remove_prefix(length);
  return number;
}

std::optional<std::string_view> take_until(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at + 1);
  return taken;
}

std::optional<int> fixed_digits(std::string_view text, std::size_t digits) {
  if (text.size() != digits || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  const auto number = parse_integer(text);
  return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

}  // namespace forkmend::redis
