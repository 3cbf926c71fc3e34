// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "cli/cli.hpp"

int main(int argc, char** argv) {
  return forkmend::cli::run(argc, argv);
}
