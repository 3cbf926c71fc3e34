// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace forkmend::testing {

/// A system call that a supervised process, or something that it started, is about to make.
struct SystemCall {
  pid_t pid = 0;
  bool of_child = false;  ///< of the process itself, not of a program that it runs
  std::string_view name;  ///< "pwrite64"
  std::array<std::uint64_t, 6> arguments{};
};

/// Whether it may change anything: an open that neither makes nor empties a file does not.
[[nodiscard]] bool may_change(const SystemCall& call);

/// What becomes of it. Between two calls that are shown nothing is changed, so that a kill before
/// each of them is a kill at every moment.
struct Verdict {
  enum class Kind { go_on, fail, kill };
  Kind kind = Kind::go_on;
  int error = 0;  ///< errno, for fail
};

using Decide = std::function<Verdict(const SystemCall& call)>;

struct SupervisedEnd {
  int exit_code = -1;  ///< -1: ended by a signal
  int signal = 0;
};

/// Runs `work` in a child of this process, shows each of its system calls that open, write, sync,
/// rename, remove, start or change something to `decide` before the kernel carries it out (seccomp
/// user notification: nothing in the program knows of it), and waits for the end of the child and
/// of all that it started. `work` gives the exit code, or does not return (exec). Throws when the
/// kernel has no such notification.
[[nodiscard]] SupervisedEnd supervise(const std::function<int()>& work, const Decide& decide);

/// `length` bytes of the memory of a process that waits in a system call.
[[nodiscard]] std::string memory_of(pid_t pid, std::uint64_t address, std::size_t length);

/// The file behind a descriptor of a process; "" for none.
[[nodiscard]] std::string file_of(pid_t pid, std::uint64_t descriptor);

}  // namespace forkmend::testing
