// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace forkmend::testing {

struct ProgramOptions {
  std::map<std::string, std::string> environment;  ///< added to a small clean one
  std::optional<uid_t> run_as;  ///< uid and gid, without other groups; needs root
  std::chrono::milliseconds deadline{60000};
};

struct ProgramResult {
  int exit_code = -1;  ///< -1: ended by a signal or by the deadline
  std::string out;
  std::string err;
};

/// Runs a program to its end with stdin from /dev/null; kills it at the deadline.
[[nodiscard]] ProgramResult run_program(const std::vector<std::string>& argv,
                                        const ProgramOptions& options = {});

/// Starts a program in the background; the child dies with us.
[[nodiscard]] pid_t start_program(const std::vector<std::string>& argv,
                                  const ProgramOptions& options = {});

/// SIGKILL and wait.
void end_program(pid_t pid);

/// Waits, by inotify, until the file holds the text after `from` bytes; false at the deadline.
[[nodiscard]] bool wait_for_text(const std::string& file, const std::string& text,
                                 std::chrono::milliseconds deadline, std::size_t from = 0);

/// Waits, by inotify, until there is such a file; false at the deadline.
[[nodiscard]] bool wait_for_file(const std::string& file, std::chrono::milliseconds deadline);

[[nodiscard]] std::string read_file(const std::string& path);
/// One write to a file that is there, e.g. of a cgroup; throws when the kernel refuses it.
void write_text(const std::string& path, const std::string& text);

}  // namespace forkmend::testing
