// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/counters.hpp"

#include "base/text.hpp"
#include "base/units.hpp"

namespace forkmend::host {

namespace {

/// No limit in version 1 is PAGE_COUNTER_MAX in bytes, which depends on the page size; nothing real
/// comes near.
constexpr std::int64_t kNoLimit = INT64_MAX - (std::int64_t{1} << 20U);

std::optional<std::int64_t> parse_value(std::string_view text) {
  if (text == "max") return kUnlimited;
  const auto value = parse_integer(text);
  return value && *value >= kNoLimit ? kUnlimited : value;
}

}  // namespace

Counters parse_counters(std::string_view text) {
  Counters counters;
  for (const std::string_view line : lines_of(text)) {
    const auto words = split_blanks(line);
    if (words.size() != 2) continue;
    if (const auto value = parse_value(words[1])) counters.emplace(words[0], *value);
  }
  return counters;
}

Counters parse_meminfo(std::string_view text) {
  Counters counters;
  for (const std::string_view line : lines_of(text)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto value = parse_meminfo_value(line.substr(colon + 1));
    if (value) counters.emplace(trim(line.substr(0, colon)), *value);
  }
  return counters;
}

std::optional<std::int64_t> parse_meminfo_value(std::string_view text) {
  constexpr std::string_view kUnit = " kB";
  text = trim(text);
  const bool in_kb = text.ends_with(kUnit);
  if (in_kb) text = trim(text.substr(0, text.size() - kUnit.size()));
  const auto value = parse_integer(text);
  if (!value || *value < 0 || *value > INT64_MAX / 1024) return std::nullopt;
  return in_kb ? *value * 1024 : *value;
}

std::optional<std::int64_t> find(const Counters& counters, std::string_view name) {
  const auto found = counters.find(name);
  return found != counters.end() ? std::optional(found->second) : std::nullopt;
}

Result<Counters> read_counters(const Root& root, std::string_view path) {
  auto text = root.read(path);
  if (!text) return text.error();
  return parse_counters(*text);
}

Result<Counters> read_meminfo(const Root& root) {
  auto text = root.read("/proc/meminfo");
  if (!text) return text.error();
  return parse_meminfo(*text);
}

Result<Counters> read_vmstat(const Root& root) {
  return read_counters(root, "/proc/vmstat");
}

Result<std::int64_t> read_number(const Root& root, std::string_view path) {
  auto text = root.read(path);
  if (!text) return text.error();
  if (const auto value = parse_value(trim(*text))) return *value;
  return Error{Errc::parse, "reading " + std::string(path) + ": expected a number, found \"" +
                                printable(trim(*text), 60) + "\""};
}

}  // namespace forkmend::host
