// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <vector>

#include "diagnosis/diagnosis.hpp"
#include "diagnosis/failure_case.hpp"

namespace forkmend::diagnosis {

/// Sentences about a refused fork (or a failure of unknown stage) whose causes were weighed. Pure.
[[nodiscard]] std::vector<std::string> fork_advice(const FailureCase& failure_case,
                                                   const Findings& findings);

/// What is known of a failure behind the fork, for which forkmend has no cause yet.
[[nodiscard]] std::string other_advice(const Failure& failure);

}  // namespace forkmend::diagnosis
