// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/descriptor.hpp"
#include "base/result.hpp"

namespace forkmend::host {

/// A program that was started, with our ends of its output. The caller reaps it.
struct Spawned {
  pid_t pid = 0;  ///< also the number of its process group
  Descriptor out;
  Descriptor err;
};

/// Starts a program with posix_spawn(): no copy of our address space, which a host without memory
/// may refuse, and no code of ours runs in the child. It gets the input (empty: /dev/null), "/" as
/// working directory, default signal handling, a process group of its own and no other file of
/// ours. The input is a file in memory: whether the program reads it or not, nobody waits.
[[nodiscard]] Result<Spawned> spawn_program(const std::string& program,
                                            std::vector<std::string> argv,
                                            std::vector<std::string> environment,
                                            const std::string& input = {});

}  // namespace forkmend::host
