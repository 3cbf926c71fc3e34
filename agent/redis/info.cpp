// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/info.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace forkmend::redis {

namespace {

constexpr std::size_t kMaxName = 256;
constexpr std::size_t kMaxValue = 16384;
constexpr std::size_t kMaxSection = 32;

bool is_visible(char c) {
  return c > ' ' && c < '\x7f';
}

/// Names of fields hold module and command names ("cmdstat_config|get"), so any visible ASCII.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxName && std::ranges::all_of(text, is_visible);
}

/// "# Persistence" -> "persistence"; empty for what is no header.
std::string section_of(std::string_view line) {
  std::string name;
  const std::string_view title = trim(line.substr(1));
  if (title.size() > kMaxSection) return {};
  for (const char c : title) {
    if (c >= 'A' && c <= 'Z') {
      name.push_back(static_cast<char>(c - 'A' + 'a'));
    } else if (is_visible(c) || c == ' ') {
      name.push_back(c);
    } else {
      return {};
    }
  }
  return name;
}

struct Line {
  std::string_view text;
  bool complete = false;  ///< had its line end
};

/// Takes the next line off the front. Only "\n" ends a line; every "\r" before it belongs to the
/// line end, a "\r" elsewhere to the value.
Line take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  Line line{rest.substr(0, end), end != std::string_view::npos};
  rest.remove_prefix(line.complete ? end + 1 : rest.size());
  while (line.text.ends_with('\r')) line.text.remove_suffix(1);
  return line;
}

}  // namespace

std::optional<std::string> Info::text(std::string_view field) const {
  const auto found = fields_.find(field);
  if (found == fields_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::int64_t> Info::integer(std::string_view field) const {
  const auto found = fields_.find(field);
  return found != fields_.end() ? parse_integer(found->second) : std::nullopt;
}

std::optional<double> Info::number(std::string_view field) const {
  const auto found = fields_.find(field);
  return found != fields_.end() ? parse_number(found->second) : std::nullopt;
}

std::string Info::source(std::string_view field) const {
  const auto found = sections_.find(field);
  return found != sections_.end() ? "INFO " + found->second : "INFO";
}

Result<Info> parse_info(std::string_view text) {
  Info info;
  std::string section;
  const std::string_view whole = text;
  while (!text.empty() && info.fields_.size() < kMaxInfoFields) {
    const Line line = take_line(text);
    if (line.text.starts_with('#')) {
      section = section_of(line.text);
      continue;
    }
    const std::size_t colon = line.text.find(':');
    if (colon == std::string_view::npos || !is_name(line.text.substr(0, colon))) continue;
    const std::string_view value = line.text.substr(colon + 1);
    if (value.size() > kMaxValue || (value.empty() && !line.complete)) continue;
    const std::string name(line.text.substr(0, colon));
    // The first wins: what a replica or a module adds further down cannot change what stands above.
    if (info.fields_.emplace(name, value).second && !section.empty()) {
      info.sections_.emplace(name, section);
    }
  }
  if (info.fields_.empty()) {
    return Error{Errc::parse, "the reply to INFO holds no line \"name:value\"; it starts with \"" +
                                  printable(whole.substr(0, 40)) + "\""};
  }
  return info;
}

}  // namespace forkmend::redis
