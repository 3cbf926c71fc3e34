// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>

#include "remediations/remediation.hpp"

namespace forkmend::remediations {

/// What `forkmend remedies show ID` prints: symptom, what it changes, risk, undo by hand, the
/// causes it cures and its parameters; lines of at most 80 columns.
[[nodiscard]] std::string describe(const RemediationSpec& spec);

/// Every remedy as a table in Markdown, for README.md (a test holds that file to it).
[[nodiscard]] std::string remedies_table();

}  // namespace forkmend::remediations
