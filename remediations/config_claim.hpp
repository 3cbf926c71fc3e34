// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <string_view>

#include "base/fact.hpp"
#include "base/result.hpp"

namespace forkmend::remediations {

/// What a server says of its file's name is a claim; this is the evidence in the file itself: it
/// sets what the server knows and nothing else, and it does not send its reader to another port.
/// Errors: unsupported, a sentence for the operator. Pure.
[[nodiscard]] Result<void> check_claimed_file(const FactSet& facts, const std::string& path,
                                              std::string_view text);

}  // namespace forkmend::remediations
