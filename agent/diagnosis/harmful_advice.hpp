// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <vector>

#include "diagnosis/diagnosis.hpp"

namespace forkmend::diagnosis {

/// What a person can do about causes of refused forks and lost children, where forkmend has no
/// remedy, and which of the usual answers harm or do nothing against them. Only for causes that are
/// shown; causes of writing have theirs in write_advice(). Pure.
[[nodiscard]] std::vector<std::string> harmful_advice(const std::vector<Cause>& causes);

/// The same for strains, best first.
[[nodiscard]] std::vector<std::string> strain_advice(const std::vector<Cause>& strains);

}  // namespace forkmend::diagnosis
