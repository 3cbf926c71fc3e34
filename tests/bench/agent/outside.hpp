// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace forkmend::testing {

/// Refuses the forks of servers from a process of its own. The agent that is measured runs in ours:
/// were it forked for each server, the next write to each of its pages would be a page fault, tens
/// of microseconds each in a virtual machine, in the very moments that count.
class ForkRefuser {
 public:
  /// To be made before the agent is.
  ForkRefuser();
  ~ForkRefuser();
  ForkRefuser(const ForkRefuser&) = delete;
  ForkRefuser& operator=(const ForkRefuser&) = delete;

  /// refuse_forks_by_nproc(); returns when it is in force.
  void refuse(pid_t server) const;

 private:
  int socket_ = -1;
  pid_t pid_ = -1;
};

/// BGSAVE, sent by us without waiting for the answer.
class SaveRequest {
 public:
  explicit SaveRequest(int port);

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
};

}  // namespace forkmend::testing
