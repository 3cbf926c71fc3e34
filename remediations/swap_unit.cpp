// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/swap_unit.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "remediations/gate.hpp"
#include "remediations/shell.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::string_view kReload = "daemon-reload";
constexpr std::string_view kRemedy = "swapfile";
constexpr std::string_view kTarget = "/etc/systemd/system/swap.target.d/50-forkmend.conf";

bool kept_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == ':' || c == '.';
}

std::string hex_escape(char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  return {'\\', 'x', kDigits[byte >> 4U], kDigits[byte & 0x0FU]};
}

/// A "%" begins a specifier (systemd.unit(5)).
std::string unit_value(std::string_view path) {
  std::string text;
  for (const char c : path) text += c == '%' ? std::string("%%") : std::string(1, c);
  return text;
}

std::string unit_text(const std::string& path, std::int64_t priority) {
  const std::string file = unit_value(path);
  std::vector<std::string> lines = {"[Unit]", "Description=Swap file of forkmend",
                                    "ConditionPathExists=" + file, "[Swap]", "What=" + file};
  if (priority >= 0) lines.push_back("Priority=" + std::to_string(priority));
  return own_file_text("run: systemctl daemon-reload", lines);
}

Persistence wanted_at_boot(const PlanInput& input, const std::string& unit) {
  const std::string path(kTarget);
  const auto now = read_own_file(input.root, path);
  if (!now) return not_persisted(now.error().message);
  std::vector<std::string> lines;
  for (const std::string& line : now->lines) {
    if (line.starts_with("Wants=")) lines.push_back(line);
  }
  const std::string ours = "Wants=" + unit;
  if (std::ranges::find(lines, ours) == lines.end()) lines.push_back(ours);
  std::ranges::sort(lines);
  lines.insert(lines.begin(), "[Unit]");
  return own_file_step({.remedy = kRemedy,
                        .path = path,
                        .afterwards = kReload,
                        .why = "has the swap file used at the next boot"},
                       *now, own_file_text("run: systemctl daemon-reload", lines));
}

std::string fstab_note(const std::string& path, std::int64_t priority) {
  const std::string options = priority >= 0 ? "nofail,pri=" + std::to_string(priority) : "nofail";
  return "systemd does not run here; to keep the swap file run: echo " +
         shell_quote(path + " none swap " + options + " 0 0") + " >> /etc/fstab";
}

}  // namespace

std::string swap_unit_name(std::string_view path) {
  std::string name;
  for (const std::string_view part : split(path, '/')) {
    if (part.empty()) continue;
    if (!name.empty()) name += '-';
    for (std::size_t i = 0; i < part.size(); ++i) {
      const bool leading_dot = part[i] == '.' && name.empty();
      name += kept_bare(part[i]) && !leading_dot ? std::string(1, part[i]) : hex_escape(part[i]);
    }
  }
  return name + ".swap";
}

Persistence persist_swap(const PlanInput& input, const std::string& path, std::int64_t priority) {
  const auto systemd = input.facts.flag("host.systemd");
  if (!systemd) return not_persisted(why_missing(input.facts, "host.systemd"));
  if (!*systemd) return not_persisted(fstab_note(path, priority));
  const std::string unit = swap_unit_name(path);
  const std::string file = "/etc/systemd/system/" + unit;
  const auto now = read_own_file(input.root, file);
  if (!now) return not_persisted(now.error().message);
  Persistence persistence = own_file_step({.remedy = kRemedy,
                                           .path = file,
                                           .afterwards = kReload,
                                           .why = "tells systemd of the swap file"},
                                          *now, unit_text(path, priority));
  Persistence wanted = wanted_at_boot(input, unit);
  for (Step& step : wanted.steps) persistence.steps.push_back(std::move(step));
  for (std::string& note : wanted.notes) persistence.notes.push_back(std::move(note));
  return persistence;
}

}  // namespace forkmend::remediations
