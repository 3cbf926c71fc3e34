// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/unit_dropin.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "host/unit_file.hpp"
#include "remediations/gate.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::string_view kDropIn = "50-forkmend.conf";

/// "Service" for a service; empty for a kind of unit that takes no such settings, or for a name
/// that is no unit name.
std::string section_of(std::string_view unit) {
  if (unit.find('/') != std::string_view::npos || unit.starts_with('.')) return "";
  if (unit.ends_with(".service")) return "Service";
  if (unit.ends_with(".slice") && unit != "-.slice") return "Slice";
  return "";
}

/// "LimitNPROC" of "LimitNPROC=64"; empty for a line that sets nothing.
std::string_view key_of(std::string_view line) {
  const std::size_t equals = line.find('=');
  return equals == std::string_view::npos ? "" : trim(line.substr(0, equals));
}

std::vector<std::pair<std::string, std::string>> all_of(const UnitSetting& setting) {
  auto all = setting.also;
  all.emplace_back(setting.key, setting.value);
  return all;
}

/// Who would overrule our drop-in, or why that cannot be told.
std::optional<std::string> later_setter(const host::Root& root, const UnitSetting& setting,
                                        std::string_view key) {
  const auto later =
      host::unit_setting_after(root, setting.unit, section_of(setting.unit), key, kDropIn);
  if (!later) return "drop-ins that could not be read: " + later.error().message;
  if (!*later) return std::nullopt;
  return (*later)->file + ":" + std::to_string((*later)->line) + ": " + std::string(key) + "=" +
         (*later)->value;
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
  lines.insert(lines.begin(), "[" + section + "]");
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
