// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/log_rotation.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace forkmend::redis {

namespace {

/// ".1", "-20251125", ".20251125-031000"
bool is_stamp(std::string_view text) {
  constexpr std::size_t kLongest = 32;
  if (text.size() < 2 || text.size() > kLongest || !is_digit(text.back())) return false;
  if (text[0] != '.' && text[0] != '-') return false;
  return std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '-' || c == '.'; });
}

}  // namespace

bool is_rotated_name(std::string_view name, std::string_view base) {
  if (base.empty() || name.size() <= base.size()) return false;
  if (name.starts_with(base)) return is_stamp(name.substr(base.size()));
  // logrotate's "extension" keeps the end of the name in its place.
  const std::size_t dot = base.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const std::string_view end = base.substr(dot);
  if (!name.starts_with(base.substr(0, dot)) || !name.ends_with(end)) return false;
  return is_stamp(name.substr(dot, name.size() - base.size()));
}

std::optional<std::string> rotated_predecessor(const host::Root& root, const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return std::nullopt;
  const std::string directory = path.substr(0, slash);
  const std::string base = path.substr(slash + 1);
  const auto names = root.list(directory.empty() ? "/" : directory);
  if (!names) return std::nullopt;
  std::optional<std::string> newest;
  std::int64_t newest_at = 0;
  for (const std::string& name : *names) {
    if (!is_rotated_name(name, base)) continue;
    std::string candidate = directory;
    candidate.append("/").append(name);
    const auto status = root.status(candidate);
    if (!status || !status->is_regular() || status->size == 0) continue;
    // Of two from the same second, ".1" comes before ".2" in the sorted list.
    if (newest && status->mtime <= newest_at) continue;
    newest = std::move(candidate);
    newest_at = status->mtime;
  }
  return newest;
}

}  // namespace forkmend::redis
