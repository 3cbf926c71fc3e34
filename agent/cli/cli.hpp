// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

namespace forkmend::cli {

/// The whole program: parses the command line, runs one command, returns its exit code
/// (base/exit_code.hpp). Never throws.
[[nodiscard]] int run(int argc, char** argv);

}  // namespace forkmend::cli
