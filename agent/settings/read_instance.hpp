// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <vector>

#include "policy/document.hpp"
#include "policy/issues.hpp"
#include "settings/settings.hpp"

namespace forkmend::settings {

/// The [[instance]] of one file; those without a usable url are reported and left out, as is a
/// second one of the same URL.
[[nodiscard]] std::vector<InstanceSettings> read_instances(
    const std::vector<const policy::Node*>& tables, policy::Issues& issues);

}  // namespace forkmend::settings
