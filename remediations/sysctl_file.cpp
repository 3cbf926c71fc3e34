// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/sysctl_file.hpp"

#include <array>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "host/sysctl_order.hpp"
#include "host/tuned.hpp"

namespace forkmend::remediations {

namespace {

using host::SysctlAssignment;

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

bool ours(const SysctlAssignment& assignment) {
  return assignment.file == kSysctlFile;
}

/// "/etc/sysctl.d/50-db.conf:3 sets vm.overcommit_memory=2".
std::string says(const SysctlAssignment& assignment, std::string_view key) {
  return printable(assignment.file) + ":" + std::to_string(assignment.line) + " sets " +
         std::string(key) + "=" + printable(assignment.value);
}

/// Without systemd, sysctl --system of procps reads /etc/sysctl.conf after everything else.
std::optional<std::string> last_word_of_procps(const PlanInput& input,
                                               const host::SysctlOrder& order,
                                               const SysctlSetting& setting) {
  if (input.facts.flag("host.systemd").value_or(true)) return std::nullopt;
  for (const SysctlAssignment& line : order.ignored) {
    if (line.value != setting.value) return says(line, setting.key) + " after every other file";
  }
  return std::nullopt;
}

std::optional<std::string> overruled_by(const PlanInput& input, const host::SysctlOrder& order,
                                        const SysctlSetting& setting) {
  for (const SysctlAssignment& line : order.assignments) {
    if (ours(line) || base_name(line.file) <= base_name(kSysctlFile)) continue;
    if (line.value != setting.value) return says(line, setting.key) + " later at boot";
  }
  if (auto last = last_word_of_procps(input, order, setting)) return last;
  if (setting.excludes.empty()) return std::nullopt;
  // systemd-sysctl keeps the place of a key whose value does not change, so between two files that
  // set both halves of a pair the later name need not win.
  for (const SysctlAssignment& line :
       host::sysctl_order(input.root, setting.excludes).assignments) {
    if (!ours(line)) return says(line, setting.excludes) + ", and the two zero each other";
  }
  return std::nullopt;
}

std::vector<std::string> other_owners(const PlanInput& input, const host::SysctlOrder& order,
                                      const SysctlSetting& setting) {
  std::vector<std::string> notes;
  if (order.winner && !ours(*order.winner) && order.winner->value != setting.value) {
    notes.push_back(says(*order.winner, setting.key) + " at boot; " + std::string(kSysctlFile) +
                    " is read later and wins");
  }
  for (const SysctlAssignment& line : order.ignored) {
    notes.push_back(says(line, setting.key) + ", but nothing reads that file at boot");
  }
  for (const Error& problem : order.problems) {
    notes.push_back("who else sets " + setting.key +
                    " at boot is not fully known: " + printable(problem.message));
  }
  const auto tuned = host::tuned_setting(input.root, "sysctl", setting.key);
  if (tuned && trim(tuned->value) != setting.value) {
    notes.push_back("tuned (profile " + printable(tuned->profile) + ", " + printable(tuned->file) +
                    ":" + std::to_string(tuned->line) + ") sets " + setting.key + "=" +
                    printable(tuned->value) +
                    "; files in /etc win unless reapply_sysctl is off in tuned-main.conf");
  }
  return notes;
}

std::vector<std::string> merged(const OwnFile& now, const std::vector<SysctlSetting>& settings) {
  std::map<std::string, std::string, std::less<>> values;
  for (const std::string& line : now.lines) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string_view text = line;
    values[std::string(trim(text.substr(0, equals)))] = trim(text.substr(equals + 1));
  }
  for (const SysctlSetting& setting : settings) {
    values[setting.key] = setting.value;
    values.erase(setting.excludes);
  }
  std::vector<std::string> lines;
  lines.reserve(values.size());
  for (const auto& [key, value] : values) lines.push_back(join(std::array{key, value}, " = "));
  return lines;
}

/// Why a setting needs no line of ours, or would not be heeded; nullopt: ours makes it last.
std::optional<std::string> why_no_line(const PlanInput& input, const host::SysctlOrder& order,
                                       const SysctlSetting& setting) {
  if (auto because = overruled_by(input, order, setting)) {
    return not_persisted(*because).notes.front();
  }
  if (order.winner && !ours(*order.winner) && order.winner->value == setting.value) {
    return says(*order.winner, setting.key) + " at boot already";
  }
  return std::nullopt;
}

}  // namespace

Persistence persist_sysctl(const PlanInput& input, const SysctlSetting& setting) {
  return persist_sysctls(input, {setting});
}

Persistence persist_sysctls(const PlanInput& input, const std::vector<SysctlSetting>& settings) {
  std::vector<SysctlSetting> kept;
  std::vector<std::string> keys;
  std::vector<std::string> notes;
  for (const SysctlSetting& setting : settings) {
    const host::SysctlOrder order = host::sysctl_order(input.root, setting.key);
    if (auto because = why_no_line(input, order, setting)) {
      notes.push_back(*std::move(because));
      continue;
    }
    for (std::string& note : other_owners(input, order, setting)) notes.push_back(std::move(note));
    kept.push_back(setting);
    keys.push_back(setting.key);
  }
  if (kept.empty()) return {.steps = {}, .notes = std::move(notes)};
  const std::string path(kSysctlFile);
  const auto now = read_own_file(input.root, path);
  if (!now) return not_persisted(now.error().message);
  Persistence persistence = own_file_step(
      {.remedy = kept.front().remedy,
       .path = path,
       .why = "sets " + join_words(keys) + " at the next boot"},
      *now, own_file_text("set the old values with sysctl -w (or reboot).", merged(*now, kept)));
  for (std::string& note : notes) persistence.notes.push_back(std::move(note));
  return persistence;
}

}  // namespace forkmend::remediations
