// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "remediations/remediation.hpp"

namespace forkmend::remediations {

/// The configuration file of a server, as a file of this host that can be replaced.
struct ConfigPlace {
  std::string path;  ///< no symbolic link in it
  std::string text;  ///< may hold passwords: wipe() it
  bool needs_root = true;
  std::int64_t owner = 0;  ///< Target::owner
};

/// Errors say in a clause why nothing can be kept there, or what reading it met.
[[nodiscard]] Result<ConfigPlace> find_config_place(const PlanInput& input);

/// Why a line in that file would not be what the server starts with, or would bury somebody's
/// change: an included file sets the parameter behind it, or the file was changed after the server
/// had read it and disagrees with `live`. nullopt: nothing of the kind.
[[nodiscard]] std::optional<std::string> why_not_here(const PlanInput& input,
                                                      const ConfigPlace& place,
                                                      const std::string& parameter,
                                                      const std::optional<std::string>& live);

}  // namespace forkmend::remediations
