// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <vector>

#include "support/lab/redis_server.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {

/// A directory for saves apart from the server's own, of the servers' user: it can be broken while
/// the log and the socket go on working.
class SaveDir {
 public:
  SaveDir();
  [[nodiscard]] std::string path() const { return (dir_.path() / "data").string(); }
  /// Beside it, for images and configuration files.
  [[nodiscard]] std::string beside(const std::string& name) const;
  /// Gives a path to the servers' user.
  static void give(const std::string& path);

  /// A server of the ordinary user that saves there, and by itself never.
  [[nodiscard]] ServerOptions server(std::vector<std::string> arguments = {}) const;

 private:
  TempDir dir_;
};

/// About 10 MB of data, which no compression makes smaller.
void fill(const RedisServer& server);

/// BGSAVE, and waits for the line that says that it failed behind the fork.
void fail_to_write(const RedisServer& server);

/// "ID CONFIDENCE" of every proven or likely cause that `forkmend diagnose` tells, best first, by
/// ", "; of the first possible one when there is none. The program runs as the tests do.
[[nodiscard]] std::string diagnosed(const RedisServer& server);

/// "ID CONFIDENCE" of every strain that it tells, by ", ".
[[nodiscard]] std::string strained(const RedisServer& server);

}  // namespace forkmend::testing
