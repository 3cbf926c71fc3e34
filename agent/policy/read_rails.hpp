// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <span>

#include "policy/document.hpp"
#include "policy/issues.hpp"

namespace forkmend::policy {

/// The table [rails]; keys that are absent keep their defaults.
[[nodiscard]] Rails read_rails(const Node& node, std::span<const RemedyDeclaration> remedies,
                               Issues& issues);

}  // namespace forkmend::policy
