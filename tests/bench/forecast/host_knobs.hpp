// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <string>

#include "support/lab/host_guard.hpp"

namespace forkmend::bench {

/// Everything of the host that the trials change. The guard records all of it before the first
/// trial, so that it is put back whatever becomes of the trials.
class HostKnobs {
 public:
  explicit HostKnobs(testing::HostGuard& guard);
  /// Ends what is left in the cgroups, which the guard can then remove.
  ~HostKnobs();
  HostKnobs(const HostKnobs&) = delete;
  HostKnobs& operator=(const HostKnobs&) = delete;

  /// vm.overcommit_memory.
  void set_mode(int mode);
  /// CommitLimit without swap, bytes.
  void limit_commit(std::int64_t bytes);
  /// Far above anything: other processes must not suffer from mode 2.
  void free_commit();

  /// Two pids cgroups, one in the other.
  [[nodiscard]] const std::string& outer() const { return outer_; }
  [[nodiscard]] const std::string& inner() const { return inner_; }
  /// A memory cgroup; empty where the controller is not of version 1.
  [[nodiscard]] const std::string& memory() const { return memory_; }

 private:
  int mode_ = -1;
  std::string outer_;
  std::string inner_;
  std::string memory_;
};

/// Writes one value into a kernel file. Throws std::runtime_error.
void write_knob(const std::string& path, const std::string& value);
/// Reads one number from a kernel file. Throws std::runtime_error.
[[nodiscard]] std::int64_t read_knob(const std::string& path);

}  // namespace forkmend::bench
