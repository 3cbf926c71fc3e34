// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/unit_dropin.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "remediations/gate.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::string_view kDropIn = "50-forkmend.conf";

/// systemd.unit(5): drop-ins of all these directories are one list, sorted by file name.
constexpr std::array<std::string_view, 8> kUnitDirectories = {
    "/etc/systemd/system.control", "/run/systemd/system.control", "/etc/systemd/system",
    "/run/systemd/system",         "/run/systemd/transient",      "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",     "/lib/systemd/system"};

/// "[Service]" for a service; empty for a kind of unit that takes no such settings, or for a name
/// that is no unit name.
std::string section_of(std::string_view unit) {
  if (unit.find('/') != std::string_view::npos || unit.starts_with('.')) return "";
  if (unit.ends_with(".service")) return "[Service]";
  if (unit.ends_with(".slice") && unit != "-.slice") return "[Slice]";
  return "";
}

/// UNIT.d, and for an instance of a template TEMPLATE@.service.d.
std::vector<std::string> drop_in_names(const std::string& unit) {
  std::vector<std::string> names = {unit + ".d"};
  const std::size_t at = unit.find('@');
  const std::size_t dot = unit.rfind('.');
  if (at != std::string::npos && dot != std::string::npos && at + 1 < dot) {
    names.push_back(unit.substr(0, at + 1) + unit.substr(dot) + ".d");
  }
  return names;
}

/// "LimitNPROC" of "LimitNPROC=64"; empty for a line that sets nothing.
std::string_view key_of(std::string_view line) {
  const std::size_t equals = line.find('=');
  return equals == std::string_view::npos ? "" : trim(line.substr(0, equals));
}

std::optional<std::string> line_that_sets(const host::Root& root, const std::string& path,
                                          std::string_view key) {
  const auto text = root.read(path);
  if (!text) return std::nullopt;
  const auto lines = lines_of(*text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (key_of(lines[i]) == key)
      return path + ":" + std::to_string(i + 1) + ": " + std::string(trim(lines[i]));
  }
  return std::nullopt;
}

/// The first drop-in of a directory that is read after ours and sets the key.
std::optional<std::string> later_setter_in(const host::Root& root, const std::string& directory,
                                           std::string_view key) {
  const auto files = root.list(directory);
  if (!files) return std::nullopt;
  for (const std::string& file : *files) {
    if (!file.ends_with(".conf") || file <= kDropIn) continue;
    if (auto found = line_that_sets(root, join(std::array{directory, file}, "/"), key))
      return found;
  }
  return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> all_of(const UnitSetting& setting) {
  auto all = setting.also;
  all.emplace_back(setting.key, setting.value);
  return all;
}

std::optional<std::string> later_setter(const host::Root& root, const UnitSetting& setting,
                                        std::string_view key) {
  for (const std::string& name : drop_in_names(setting.unit)) {
    for (const std::string_view directory : kUnitDirectories) {
      const std::string path = std::string(directory) + "/" + name;
      if (auto found = later_setter_in(root, path, key)) return found;
    }
  }
  return std::nullopt;
}

std::vector<std::string> merged(const OwnFile& now, const std::string& section,
                                const UnitSetting& setting) {
  std::vector<std::string> lines;
  const auto settings = all_of(setting);
  for (const std::string& line : now.lines) {
    const std::string key(key_of(line));
    const bool kept =
        std::ranges::none_of(settings, [&](const auto& one) { return one.first == key; });
    if (!key.empty() && kept) lines.push_back(line);
  }
  for (const auto& [key, value] : settings) lines.push_back(join(std::array{key, value}, "="));
  std::ranges::sort(lines);
  lines.insert(lines.begin(), section);
  return lines;
}

/// Is this cgroup below a user's own systemd: user@UID.service itself is a unit of the system.
bool of_a_user(std::string_view cgroup) {
  return cgroup.substr(0, cgroup.rfind('/')).find("/user@") != std::string_view::npos;
}

std::optional<std::string> why_not(const PlanInput& input, const UnitSetting& setting) {
  const auto systemd = input.facts.flag("host.systemd");
  if (!systemd) return why_missing(input.facts, "host.systemd");
  if (!*systemd) return "systemd does not run here; put the limit where the service is started";
  if (setting.unit.empty()) return "no systemd unit is known to start the server";
  if (setting.unit.ends_with(".scope")) {
    return printable(setting.unit) + " is a transient scope; set the limit in what creates it";
  }
  if (section_of(setting.unit).empty()) {
    return printable(setting.unit) + " is not a unit that takes " + std::string(setting.key);
  }
  if (of_a_user(setting.cgroup)) {
    return printable(setting.unit) + " belongs to a user's own systemd; set " +
           std::string(setting.key) + " there";
  }
  for (const auto& [key, value] : all_of(setting)) {
    if (auto later = later_setter(input.root, setting, key)) {
      return "it would be overruled by " + printable(*later);
    }
  }
  return std::nullopt;
}

}  // namespace

std::string unit_of_cgroup(std::string_view directory) {
  if (of_a_user(directory)) return "";
  const std::string_view last = directory.substr(directory.rfind('/') + 1);
  const bool unit =
      last.ends_with(".service") || last.ends_with(".slice") || last.ends_with(".scope");
  return unit ? std::string(last) : "";
}

Persistence persist_unit_setting(const PlanInput& input, const UnitSetting& setting) {
  if (auto because = why_not(input, setting)) return not_persisted(*because);
  const std::string path = "/etc/systemd/system/" + setting.unit + ".d/" + std::string(kDropIn);
  const auto now = read_own_file(input.root, path);
  if (!now) return not_persisted(now.error().message);
  return own_file_step({.remedy = setting.remedy,
                        .path = path,
                        .afterwards = "daemon-reload",
                        .why = "keeps the limit when the service or the host is started again"},
                       *now,
                       own_file_text("run: systemctl daemon-reload",
                                     merged(*now, section_of(setting.unit), setting)));
}

}  // namespace forkmend::remediations
