// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/thp_owner.hpp"

#include <array>

#include "base/text.hpp"
#include "host/config_dirs.hpp"
#include "host/tuned.hpp"

namespace forkmend::host {

namespace {

constexpr std::array<std::string_view, 2> kKnobs = {
    "/sys/kernel/mm/transparent_hugepage/enabled",
    "/sys/kernel/mm/redhat_transparent_hugepage/enabled"};

bool names_knob(std::string_view text) {
  for (const std::string_view knob : kKnobs) {
    if (text.find(knob) != std::string_view::npos) return true;
  }
  return false;
}

bool is_comment(std::string_view line) {
  return line.empty() || line.front() == '#' || line.front() == ';';
}

void add_command_line(const Root& root, std::vector<ThpOwner>& owners) {
  constexpr std::string_view kName = "transparent_hugepage=";
  const auto text = root.read("/proc/cmdline");
  if (!text) return;
  for (const std::string_view word : split_blanks(*text)) {
    if (!word.starts_with(kName)) continue;
    owners.push_back({ThpOwnerKind::kernel_command_line, "/proc/cmdline",
                      std::string(word.substr(kName.size())), std::string(word)});
  }
}

/// "w /sys/kernel/mm/transparent_hugepage/enabled - - - - never"
void add_tmpfiles(const Root& root, std::vector<ThpOwner>& owners) {
  for (const std::string& file : drop_in_files(root, "tmpfiles.d").files) {
    const auto text = root.read(file);
    if (!text) continue;
    for (const std::string_view raw : lines_of(*text)) {
      const std::string_view line = trim(raw);
      const auto words = split_blanks(line);
      if (is_comment(line) || words.size() < 7 || !words[0].starts_with('w')) continue;
      if (!names_knob(words[1])) continue;
      owners.push_back({ThpOwnerKind::tmpfiles, file, std::string(words[6]), std::string(line)});
    }
  }
}

void add_mentions(const Root& root, const std::string& file, std::vector<ThpOwner>& owners) {
  const auto text = root.read(file, std::size_t{1} << 20U);
  if (!text) return;
  for (const std::string_view raw : lines_of(*text)) {
    const std::string_view line = trim(raw);
    if (is_comment(line) || !names_knob(line)) continue;
    owners.push_back({ThpOwnerKind::unit, file, "", std::string(line)});
  }
}

/// Units and scripts that people write for it. What they write cannot be told from the text alone.
void add_units(const Root& root, std::vector<ThpOwner>& owners) {
  constexpr std::array<std::string_view, 2> kUnitDirectories = {"/etc/systemd/system",
                                                                "/run/systemd/system"};
  for (const std::string_view directory : kUnitDirectories) {
    const auto names = root.list(directory);
    if (!names) continue;
    for (const std::string& name : *names) {
      if (name.ends_with(".service")) {
        add_mentions(root, std::string(directory) + "/" + name, owners);
      }
    }
  }
  add_mentions(root, "/etc/rc.local", owners);
  add_mentions(root, "/etc/rc.d/rc.local", owners);
}

void add_tuned(const Root& root, std::vector<ThpOwner>& owners) {
  for (const std::string_view key : {"transparent_hugepages", "transparent_hugepage"}) {
    const auto setting = tuned_setting(root, "vm", key);
    if (!setting) continue;
    owners.push_back({ThpOwnerKind::tuned, setting->file, setting->value,
                      std::string(key) + "=" + setting->value});
  }
}

}  // namespace

std::string_view to_string(ThpOwnerKind kind) {
  switch (kind) {
    case ThpOwnerKind::kernel_command_line:
      return "kernel command line";
    case ThpOwnerKind::tmpfiles:
      return "tmpfiles.d";
    case ThpOwnerKind::unit:
      return "unit or script";
    case ThpOwnerKind::tuned:
      return "tuned";
  }
  return "unknown";
}

std::vector<ThpOwner> thp_owners(const Root& root) {
  std::vector<ThpOwner> owners;
  add_command_line(root, owners);
  add_tmpfiles(root, owners);
  add_units(root, owners);
  add_tuned(root, owners);
  return owners;
}

}  // namespace forkmend::host
