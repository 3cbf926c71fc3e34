// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/remediation.hpp"

namespace forkmend::remediations {

const RemediationSpec* find_remediation(std::string_view id) {
  for (const RemediationSpec* spec : registry()) {
    if (spec->id == id) return spec;
  }
  return nullptr;
}

std::vector<policy::RemedyDeclaration> remedy_declarations() {
  std::vector<policy::RemedyDeclaration> declarations;
  declarations.reserve(registry().size());
  for (const RemediationSpec* spec : registry()) {
    declarations.push_back(
        {.id = spec->id, .scope = spec->scope, .risk = spec->risk, .parameters = spec->parameters});
  }
  return declarations;
}

}  // namespace forkmend::remediations
