// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <span>

#include "policy/document.hpp"
#include "policy/issues.hpp"

namespace forkmend::policy {

/// The declaration that a string names; nullptr after reporting an unknown one.
[[nodiscard]] const RemedyDeclaration* find_remedy(const Node& id,
                                                   std::span<const RemedyDeclaration> remedies,
                                                   Issues& issues);

/// One item of `try` or `first_aid` (the key): an id, or a table with the id, its parameters and a
/// higher risk. nullopt when there is no usable id; other mistakes are reported only.
[[nodiscard]] std::optional<RemedyChoice> read_remedy(const Node& node, std::string_view key,
                                                      std::span<const RemedyDeclaration> remedies,
                                                      Issues& issues);

/// Reports a choice that may not be first aid: that acts at once, so it must be safe and touch
/// nothing but the one server.
void check_first_aid(const RemedyChoice& choice, std::span<const RemedyDeclaration> remedies,
                     Issues& issues);

}  // namespace forkmend::policy
