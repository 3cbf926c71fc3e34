// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <sys/types.h>

#include <string>

#include "support/lab/redis_server.hpp"

namespace forkmend::testing {

/// Real clients that write to a server until the end of the scope, or end().
class WriteLoad {
 public:
  enum class Kind {
    many_changes,  ///< pipelined SETs over ten thousand keys: more than ten thousand a second
    long_scripts,  ///< one script after the other, each of which keeps the server from answering
  };

  /// Returns once the server's counter of changes has risen by twenty thousand.
  WriteLoad(const RedisServer& server, Kind kind);
  ~WriteLoad();
  WriteLoad(const WriteLoad&) = delete;
  WriteLoad& operator=(const WriteLoad&) = delete;

  void end();

 private:
  pid_t pid_ = -1;
};

}  // namespace forkmend::testing
