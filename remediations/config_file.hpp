// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <vector>

#include "remediations/own_file.hpp"

namespace forkmend::remediations {

/// The steps that keep CONFIG settings for the server's next start, in its own configuration file:
/// of `steps`, each parameter's last value. Or the note why that is not possible here, with the
/// lines for a person: started without a file, a file in a container, in a ConfigMap, mounted by
/// itself, read-only, managed by other software, an include that has the last word, or somebody's
/// change that the server has not read.
[[nodiscard]] Persistence keep_in_config_file(const PlanInput& input,
                                              const std::vector<Step>& steps);

/// "not kept for the server's next start: WHY; its redis.conf would want: LINE | LINE".
[[nodiscard]] std::string not_kept_note(const std::string& because, const std::vector<Step>& steps);

}  // namespace forkmend::remediations
