// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace forkmend::testing {

/// Many peers that answer PING and INFO as a server does and refuse the rest, each on a port of its
/// own, any number of connections each: processes with one epoll each, so that what they cost is
/// not counted with what is measured, and none needs more open files than it may have.
class Crowd {
 public:
  /// `info` is what INFO gives, whatever the section.
  Crowd(std::size_t count, const std::string& info);
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  [[nodiscard]] const std::vector<int>& ports() const { return ports_; }
  /// How many INFO it has answered by now.
  [[nodiscard]] std::uint64_t answered() const { return answered_->load(); }

 private:
  void add_process(std::size_t count, const std::string& info);

  std::atomic<std::uint64_t>* answered_;  ///< shared with those that answer
  std::vector<int> ports_;
  std::vector<pid_t> pids_;
};

}  // namespace forkmend::testing
