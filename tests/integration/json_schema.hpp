// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>

namespace forkmend::testing {

/// Holds a document to tests/schema; name says whose it is.
void expect_valid(const std::string& name, const std::string& document);

}  // namespace forkmend::testing
