// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/step.hpp"

#include <array>

namespace forkmend::remediations {

std::string_view to_string(StepType type) {
  switch (type) {
    case StepType::sysctl:
      return "sysctl";
    case StepType::commit_limit:
      return "commit-limit";
    case StepType::sysfs:
      return "sysfs";
    case StepType::rlimit:
      return "rlimit";
    case StepType::cgroup_file:
      return "cgroup-file";
    case StepType::config:
      return "config";
    case StepType::file:
      return "file";
    case StepType::config_file:
      return "config-file";
    case StepType::server_command:
      return "server-command";
    case StepType::signal:
      return "signal";
    case StepType::swap:
      return "swap";
    case StepType::quarantine:
      return "quarantine";
    case StepType::hook:
      return "hook";
  }
  return "?";
}

std::optional<StepType> parse_step_type(std::string_view text) {
  constexpr std::array kAll = {StepType::sysctl, StepType::commit_limit, StepType::sysfs,
                               StepType::rlimit, StepType::cgroup_file,  StepType::config,
                               StepType::file,   StepType::config_file,  StepType::server_command,
                               StepType::signal, StepType::swap,         StepType::quarantine,
                               StepType::hook};
  for (const StepType type : kAll) {
    if (text == to_string(type)) return type;
  }
  return std::nullopt;
}

std::string to_string(const Target& target) {
  switch (target.type) {
    case StepType::rlimit:
    case StepType::signal:
      return "pid " + std::to_string(target.pid) + " " + target.name;
    case StepType::config_file:
      return target.file + " " + target.name;
    case StepType::config:
    case StepType::server_command:
      return target.endpoint + " " + target.name;
    default:
      return target.name;
  }
}

}  // namespace forkmend::remediations
