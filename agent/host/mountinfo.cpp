// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/mountinfo.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace forkmend::host {

namespace {

/// id parent device root mount_point options [optional fields] - type source super_options
std::optional<Mount> parse_mount(std::string_view line) {
  constexpr std::size_t kFixed = 6;
  const auto words = split_blanks(line);
  const auto dash = std::ranges::find(words, "-");
  const auto at = static_cast<std::size_t>(dash - words.begin());
  if (at < kFixed || words.size() < at + 3) return std::nullopt;
  const auto id = parse_integer(words[0]);
  const auto parent = parse_integer(words[1]);
  if (!id || !parent) return std::nullopt;
  return Mount{.id = *id,
               .parent = *parent,
               .device = std::string(words[2]),
               .root = unescape_path(words[3]),
               .mount_point = unescape_path(words[4]),
               .options = std::string(words[5]),
               .type = std::string(words[at + 1]),
               .source = unescape_path(words[at + 2]),
               .super_options = words.size() > at + 3 ? std::string(words[at + 3]) : ""};
}

bool is_below(std::string_view path, std::string_view directory) {
  if (directory == "/") return path.starts_with('/');
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

}  // namespace

std::string unescape_path(std::string_view text) {
  const auto octal = [&](std::size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '7' ? text[at] - '0' : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '\\' && octal(i + 1) >= 0 && octal(i + 2) >= 0 && octal(i + 3) >= 0;
    if (!escape) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(octal(i + 1) * 64 + octal(i + 2) * 8 + octal(i + 3));
    i += 3;
  }
  return out;
}

std::vector<Mount> parse_mountinfo(std::string_view text) {
  std::vector<Mount> mounts;
  for (const std::string_view line : lines_of(text)) {
    if (auto mount = parse_mount(line)) mounts.push_back(std::move(*mount));
  }
  return mounts;
}

Result<std::vector<Mount>> read_mountinfo(const Root& root, std::string_view pid) {
  auto text = root.read("/proc/" + std::string(pid) + "/mountinfo");
  if (!text) return text.error();
  return parse_mountinfo(*text);
}

const Mount* mount_of(const std::vector<Mount>& mounts, std::string_view path) {
  const Mount* best = nullptr;
  for (const Mount& mount : mounts) {
    if (!is_below(path, mount.mount_point)) continue;
    if (best == nullptr || mount.mount_point.size() >= best->mount_point.size()) best = &mount;
  }
  return best;
}

bool has_option(std::string_view options, std::string_view word) {
  const auto parts = split(options, ',');
  return std::ranges::find(parts, word) != parts.end();
}

std::optional<std::string> option_value(std::string_view options, std::string_view name) {
  for (const std::string_view part : split(options, ',')) {
    const std::size_t equals = part.find('=');
    if (equals != std::string_view::npos && part.substr(0, equals) == name) {
      return std::string(part.substr(equals + 1));
    }
  }
  return std::nullopt;
}

}  // namespace forkmend::host
