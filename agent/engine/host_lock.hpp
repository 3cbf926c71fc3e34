// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>

#include "base/result.hpp"

namespace forkmend::engine {

/// Exactly one process changes a host at a time: flock on a file that names its holder. Released by
/// the kernel when the process ends, however it ends.
class HostLock {
 public:
  /// Errors: busy, naming the holder's pid and command; never waits.
  [[nodiscard]] static Result<HostLock> acquire(const std::string& path);
  HostLock(HostLock&& other) noexcept;
  HostLock& operator=(HostLock&& other) noexcept;
  HostLock(const HostLock&) = delete;
  HostLock& operator=(const HostLock&) = delete;
  ~HostLock();

 private:
  explicit HostLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

/// "/run/forkmend/lock" as root (created with its directory), else STATE/lock.
[[nodiscard]] std::string host_lock_path(const std::string& state_dir);

/// "/run/forkmend/stop" exists: nothing more may be changed.
[[nodiscard]] bool stop_file_present();
/// The same for another run directory; also true when it cannot be told.
[[nodiscard]] bool stop_file_present(const std::string& run_directory);

}  // namespace forkmend::engine
