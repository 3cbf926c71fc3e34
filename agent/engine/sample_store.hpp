// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "redis/samples.hpp"

namespace forkmend::engine {

/// Samples of each server over time, below the state directory: one small text file for each life
/// of a server, named by its run id, in the form of redis::to_line(). The agent writes, everybody
/// who may read it reads. Bounded: at most kMost samples a server, the older ones farther apart.
class SampleStore {
 public:
  static constexpr std::size_t kMost = 400;
  static constexpr std::chrono::minutes kApart{5};
  static constexpr std::chrono::hours kKept{14 * 24};  ///< after the last sample of that life

  explicit SampleStore(std::string state_dir);

  /// In the order of time; empty where there are none. Errors: invalid for a run id that is none or
  /// a file that is damaged; permission_denied.
  [[nodiscard]] Result<std::vector<redis::Sample>> read(const std::string& run_id) const;

  /// Adds one, unless the last is younger than kApart. Errors: as read, and what the write met; a
  /// damaged file is begun anew.
  [[nodiscard]] Result<void> add(const std::string& run_id, const redis::Sample& sample) const;

  /// Removes those of servers that nobody has seen for kKept.
  void forget_old(WallTime now) const;

 private:
  std::string state_dir_;
};

}  // namespace forkmend::engine
