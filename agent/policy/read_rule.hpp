// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <span>

#include "policy/document.hpp"
#include "policy/issues.hpp"

namespace forkmend::policy {

/// One [[rule]]. Its parts are checked independently, so that one mistake hides no other.
[[nodiscard]] Rule read_rule(const Node& node, std::span<const RemedyDeclaration> remedies,
                             Issues& issues);

}  // namespace forkmend::policy
