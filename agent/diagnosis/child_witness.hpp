// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>

#include "diagnosis/witness_window.hpp"
#include "host/kernel_event.hpp"

namespace forkmend::diagnosis {

/// What the kernel log says of the end of a server's child.
struct ChildWitness {
  std::optional<host::OomRecord> oom;
  std::optional<host::SeccompKill> seccomp;
  std::optional<host::ProcessorFault> fault;
  std::string line;      ///< the line itself, printable; empty without one
  bool covered = false;  ///< a line that is not there was not written
};

/// Pure. A line is about the child when it has the child's pid, or, where the server numbers pids
/// otherwise or the child's is not known, the server's name (a fork keeps it) and memory cgroup;
/// and when it fits the time of the failure. The server's own end is not its child's.
[[nodiscard]] ChildWitness find_child_witness(const WitnessWindow& window);

}  // namespace forkmend::diagnosis
