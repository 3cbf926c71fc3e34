// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/load_text.hpp"
#include "policy/policy.hpp"

namespace forkmend::policy {

LoadResult load_policy(const std::string& path, std::span<const RemedyDeclaration> remedies) {
  const auto text = load_text(path, "policy");
  if (const auto* error = std::get_if<PolicyError>(&text)) return std::vector{*error};
  return parse_policy(std::get<std::string>(text), path, remedies);
}

}  // namespace forkmend::policy
