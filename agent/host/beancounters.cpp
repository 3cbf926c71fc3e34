// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/beancounters.hpp"

#include <optional>

#include "base/text.hpp"

namespace forkmend::host {

namespace {

struct Row {
  std::string_view resource;
  std::int64_t failures = 0;
};

std::optional<Row> parse_row(std::string_view line) {
  constexpr std::size_t kColumns = 6;
  auto words = split_blanks(line);
  if (!words.empty() && words.front().ends_with(':')) words.erase(words.begin());
  if (words.size() != kColumns) return std::nullopt;
  const auto failures = parse_integer(words.back());
  if (!failures) return std::nullopt;
  return Row{words.front(), *failures};
}

}  // namespace

Result<std::string> parse_failed_beancounters(std::string_view text) {
  std::string failed;
  bool any = false;
  for (const std::string_view line : lines_of(text)) {
    const auto row = parse_row(line);
    if (!row) continue;
    any = true;
    if (row->failures <= 0) continue;
    if (!failed.empty()) failed += ", ";
    failed += printable(row->resource, 40) + " " + std::to_string(row->failures);
  }
  if (!any) return Error{Errc::parse, "expected rows of six columns, resource to failcnt"};
  return failed;
}

Result<std::string> read_failed_beancounters(const Root& root) {
  constexpr std::string_view kPath = "/proc/user_beancounters";
  const auto text = root.read(kPath);
  if (!text) return text.error();
  auto failed = parse_failed_beancounters(*text);
  if (!failed) return failed.error().during("reading " + std::string(kPath));
  return failed;
}

}  // namespace forkmend::host
