// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/swaps.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "host/mountinfo.hpp"

namespace forkmend::host {

namespace {

constexpr std::int64_t kKibibyte = 1024;

std::optional<SwapArea> parse_area(std::string_view line) {
  const auto words = split_blanks(line);
  if (words.size() != 5) return std::nullopt;
  const auto size = parse_integer(words[2]);
  const auto used = parse_integer(words[3]);
  const auto priority = parse_integer(words[4]);
  if (!size || !used || !priority || *size > INT64_MAX / kKibibyte) return std::nullopt;
  return SwapArea{.path = unescape_path(words[0]),
                  .is_file = words[1] == "file",
                  .size = *size * kKibibyte,
                  .used = std::min(*used, *size) * kKibibyte,
                  .priority = *priority};
}

}  // namespace

std::vector<SwapArea> parse_swaps(std::string_view text) {
  std::vector<SwapArea> areas;
  for (const std::string_view line : lines_of(text)) {
    if (auto area = parse_area(line)) areas.push_back(*std::move(area));
  }
  return areas;
}

Result<std::vector<SwapArea>> read_swaps(const Root& root) {
  const auto text = root.read("/proc/swaps");
  if (text) return parse_swaps(*text);
  if (text.error().code == Errc::not_found) return std::vector<SwapArea>();
  return text.error();
}

const SwapArea* find_swap(const std::vector<SwapArea>& areas, std::string_view path) {
  const auto found = std::ranges::find(areas, path, &SwapArea::path);
  return found == areas.end() ? nullptr : &*found;
}

}  // namespace forkmend::host
