// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "support/datagram_socket.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {

/// What the kernel says of a process at one moment.
struct ProcessUse {
  double cpu = 0;             ///< us, user and system, all threads
  std::int64_t rss = 0;       ///< KiB
  std::int64_t rss_anon = 0;  ///< KiB: its own, without the files that it maps
  std::uint64_t wakeups = 0;  ///< of the main thread: times that it waited
  std::int64_t open_files = 0;
};

[[nodiscard]] ProcessUse use_of(pid_t pid);

/// `forkmend agent` (FORKMEND_PROGRAM) in mode observe, over these servers and no others.
class AgentProcess {
 public:
  /// Returns when it watches all of them; throws when it does not.
  explicit AgentProcess(const std::vector<std::string>& urls);
  ~AgentProcess();
  AgentProcess(const AgentProcess&) = delete;
  AgentProcess& operator=(const AgentProcess&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  TempDir dir_;
  DatagramSocket told_;
  pid_t pid_ = -1;
};

}  // namespace forkmend::testing
