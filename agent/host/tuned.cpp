// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/tuned.hpp"

#include <array>

#include "base/text.hpp"

namespace forkmend::host {

namespace {

/// Profiles may include others, and by mistake themselves.
constexpr int kMaxIncludes = 8;

/// The administrator's directories come first.
constexpr std::array<std::string_view, 4> kProfileDirectories = {
    "/etc/tuned/profiles", "/etc/tuned", "/usr/lib/tuned/profiles", "/usr/lib/tuned"};

struct ProfileFile {
  std::string path;
  std::string text;
};

std::optional<ProfileFile> find_profile(const Root& root, std::string_view profile) {
  if (profile.empty() || profile.find('/') != std::string_view::npos) return std::nullopt;
  for (const std::string_view directory : kProfileDirectories) {
    const std::string path = std::string(directory) + "/" + std::string(profile) + "/tuned.conf";
    if (auto text = root.read(path)) return ProfileFile{path, std::move(*text)};
  }
  return std::nullopt;
}

struct Entry {
  std::string value;
  std::size_t line = 0;
};

bool is_key(std::string_view line, std::string_view key) {
  const std::size_t equals = line.find('=');
  return equals != std::string_view::npos && trim(line.substr(0, equals)) == key;
}

/// The last "key = value" of a section of an INI file.
std::optional<Entry> find_entry(std::string_view text, std::string_view section,
                                std::string_view key) {
  std::optional<Entry> found;
  std::string_view current;
  std::size_t number = 0;
  for (const std::string_view raw : lines_of(text)) {
    ++number;
    const std::string_view line = trim(raw);
    if (line.starts_with('[') && line.ends_with(']')) {
      current = line.substr(1, line.size() - 2);
    } else if (current == section && is_key(line, key)) {
      found = Entry{std::string(trim(line.substr(line.find('=') + 1))), number};
    }
  }
  return found;
}

std::optional<TunedSetting> setting_in(const Root& root, std::string_view profile,
                                       std::string_view section, std::string_view key,
                                       int includes_left) {
  const auto file = find_profile(root, profile);
  if (!file) return std::nullopt;
  if (const auto entry = find_entry(file->text, section, key)) {
    return TunedSetting{std::string(profile), file->path, entry->line, entry->value};
  }
  const auto include = find_entry(file->text, "main", "include");
  if (!include || includes_left == 0) return std::nullopt;
  std::optional<TunedSetting> last;
  for (const std::string_view name : split(include->value, ',')) {
    if (auto found = setting_in(root, trim(name), section, key, includes_left - 1)) last = found;
  }
  return last;
}

}  // namespace

std::vector<std::string> tuned_profiles(const Root& root) {
  std::vector<std::string> profiles;
  const auto text = root.read("/etc/tuned/active_profile");
  if (!text) return profiles;
  for (const std::string_view name : split_blanks(*text)) profiles.emplace_back(name);
  return profiles;
}

std::optional<TunedSetting> tuned_setting(const Root& root, std::string_view section,
                                          std::string_view key) {
  std::optional<TunedSetting> last;
  for (const std::string& profile : tuned_profiles(root)) {
    if (auto found = setting_in(root, profile, section, key, kMaxIncludes)) last = found;
  }
  return last;
}

}  // namespace forkmend::host
