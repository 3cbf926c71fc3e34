// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/unit_file.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "host/config_dirs.hpp"

namespace forkmend::host {

namespace {

/// From the one that wins to the one that loses; the last is where /usr is not merged.
constexpr auto kUnitPath = std::to_array<std::string_view>({
    "/etc/systemd/system.control/",
    "/run/systemd/system.control/",
    "/run/systemd/transient/",
    "/etc/systemd/system/",
    "/run/systemd/system/",
    "/usr/local/lib/systemd/system/",
    "/usr/lib/systemd/system/",
    "/lib/systemd/system/",
});

using Setting = std::optional<UnitSetting>;

/// An assignment of nothing is one too: it resets the key.
void take_last(std::string_view text, const std::string& file, std::string_view section,
               std::string_view key, Setting& last) {
  bool inside = false;
  std::size_t number = 0;
  for (const std::string_view raw : lines_of(text)) {
    ++number;
    const std::string_view line = trim(raw);
    if (line.starts_with('#') || line.starts_with(';')) continue;
    if (line.starts_with('[')) {
      inside = line.size() == section.size() + 2 && line.substr(1).starts_with(section);
      continue;
    }
    const auto equals = line.find('=');
    if (!inside || equals == std::string_view::npos || trim(line.substr(0, equals)) != key)
      continue;
    last = UnitSetting{file, number, std::string(trim(line.substr(equals + 1)))};
  }
}

/// "redis@6379.service" -> "redis@.service"; empty: it is no instance of a template.
std::string template_of(std::string_view unit) {
  const auto at = unit.find('@');
  const auto dot = unit.rfind('.');
  if (at == std::string_view::npos || dot == std::string_view::npos || dot < at) return {};
  return std::string(unit.substr(0, at + 1)).append(unit.substr(dot));
}

/// Names whose drop-in directories count, the weakest first: of equal file names the last one wins.
std::vector<std::string> drop_in_owners(std::string_view unit) {
  const std::string_view type = unit.substr(std::min(unit.rfind('.') + 1, unit.size()));
  std::vector<std::string> owners{std::string(type)};
  for (std::size_t dash = unit.find('-'); dash != std::string_view::npos;
       dash = unit.find('-', dash + 1)) {
    owners.push_back(std::string(unit.substr(0, dash + 1)).append(".").append(type));
  }
  if (auto shared = template_of(unit); !shared.empty()) owners.push_back(std::move(shared));
  owners.emplace_back(unit);
  return owners;
}

Result<void> read_into(const Root& root, const std::string& file, std::string_view section,
                       std::string_view key, Setting& last) {
  const auto text = root.read(file);
  if (!text) return text.error();
  take_last(*text, file, section, key, last);
  return ok();
}

std::string_view name_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// Of equal names the file of the strongest owner replaces the others; all apply in order of name.
Result<std::vector<std::string>> unit_drop_ins(const Root& root, std::string_view unit) {
  std::map<std::string, std::string> by_name;
  for (const std::string& owner : drop_in_owners(unit)) {
    std::vector<std::string> directories;
    directories.reserve(kUnitPath.size());
    for (const std::string_view directory : kUnitPath) {
      directories.push_back(std::string(directory).append(owner).append(".d"));
    }
    const DropIns found = drop_in_files_of(root, directories);
    if (!found.problems.empty()) return found.problems.front();
    for (const std::string& file : found.files) {
      by_name.insert_or_assign(std::string(name_of(file)), file);
    }
  }
  std::vector<std::string> files;
  files.reserve(by_name.size());
  for (auto& [name, file] : by_name) files.push_back(std::move(file));
  return files;
}

Result<std::string> unit_file(const Root& root, std::string_view unit) {
  for (const std::string& name : {std::string(unit), template_of(unit)}) {
    if (name.empty()) continue;
    for (const std::string_view directory : kUnitPath) {
      std::string file = std::string(directory).append(name);
      if (root.exists(file)) return file;
    }
  }
  return Error{Errc::not_found, "no unit file of " + printable(unit) + " was found"};
}

}  // namespace

std::optional<UnitSetting> unit_setting_in(std::string_view text, const std::string& file,
                                           std::string_view section, std::string_view key) {
  Setting last;
  take_last(text, file, section, key, last);
  return last;
}

Result<std::optional<UnitSetting>> unit_setting(const Root& root, std::string_view unit,
                                                std::string_view section, std::string_view key,
                                                std::string_view except) {
  const auto main_file = unit_file(root, unit);
  if (!main_file) return main_file.error();
  auto files = unit_drop_ins(root, unit);
  if (!files) return files.error();
  files->insert(files->begin(), *main_file);
  Setting last;
  for (const std::string& file : *files) {
    if (file == except) continue;
    const auto read = read_into(root, file, section, key, last);
    if (!read) return read.error();
  }
  return last;
}

Result<std::optional<UnitSetting>> unit_setting_after(const Root& root, std::string_view unit,
                                                      std::string_view section,
                                                      std::string_view key,
                                                      std::string_view drop_in) {
  const auto files = unit_drop_ins(root, unit);
  if (!files) return files.error();
  Setting last;
  for (const std::string& file : *files) {
    if (name_of(file) <= drop_in) continue;
    const auto read = read_into(root, file, section, key, last);
    if (!read) return read.error();
  }
  return last;
}

Result<std::optional<UnitSetting>> manager_setting(const Root& root, std::string_view key) {
  Setting last;
  const auto main_file = read_into(root, "/etc/systemd/system.conf", "Manager", key, last);
  if (!main_file && main_file.error().code != Errc::not_found) return main_file.error();
  const DropIns found = drop_in_files(root, "systemd/system.conf.d");
  if (!found.problems.empty()) return found.problems.front();
  for (const std::string& file : found.files) {
    const auto read = read_into(root, file, "Manager", key, last);
    if (!read) return read.error();
  }
  return last;
}

Result<UnitSetting> oom_policy(const Root& root, std::string_view unit) {
  auto own = unit_setting(root, unit, "Service", "OOMPolicy");
  if (!own) return own.error();
  if (*own && !(*own)->value.empty()) return std::move(**own);
  auto general = manager_setting(root, "DefaultOOMPolicy");
  if (!general) return general.error();
  if (*general && !(*general)->value.empty()) return std::move(**general);
  return UnitSetting{"default of systemd 243 on", 0, "stop"};
}

}  // namespace forkmend::host
