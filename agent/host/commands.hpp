// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace forkmend::host {

struct CommandOptions {
  std::chrono::milliseconds deadline = std::chrono::seconds(30);
  std::size_t output_limit = std::size_t{1} << 20U;  ///< bytes kept of each stream; more is dropped
  std::map<std::string, std::string> environment;    ///< beside PATH and LC_ALL=C
  std::string input;  ///< what the program reads from its standard input; empty: /dev/null
};

/// How a program ended.
struct CommandResult {
  int exit_code = 0;
  int signal = 0;  ///< the signal that ended it; 0: it exited
  std::string out;
  std::string err;
  bool truncated = false;  ///< more was written than output_limit

  [[nodiscard]] bool succeeded() const { return exit_code == 0 && signal == 0; }
};

/// Directories that are searched, in order, and the PATH of programs that we run.
inline constexpr const char* kProgramPath = "/usr/sbin:/usr/bin:/sbin:/bin";

/// The executable for a bare name; a name with a slash is taken as it is. Errors: not_found.
[[nodiscard]] Result<std::string> find_program(std::string name);

/// Runs argv[0] with its arguments; never through a shell. Nothing of our environment and no open
/// file is inherited. At the deadline the program and all of its
/// process group are killed. Errors: not_found, permission_denied, timeout, or what the spawn met
/// (ENOMEM, EAGAIN). That a program fails is no error: see CommandResult. Linked programs must
/// compile Boost.Asio.
[[nodiscard]] boost::asio::awaitable<Result<CommandResult>> run_command(
    std::vector<std::string> argv, CommandOptions options);

}  // namespace forkmend::host
