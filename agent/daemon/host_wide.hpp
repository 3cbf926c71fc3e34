// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <map>
#include <string>

namespace forkmend::daemon {

/// Which incidents are parts of one of the whole host: the same cause on as many servers as the
/// rail same_cause_limit names, within a few minutes. Servers are mended one after another and
/// nobody waits for others to fail, so the first ones stand alone and what comes after them is
/// their part. Pure; times are of the boot clock.
class HostWide {
 public:
  /// How close together they have to be.
  static constexpr std::chrono::minutes kTogether{10};

  /// A server's incident of that cause is about to be opened: the id of the host's incident that it
  /// is a part of, or empty. `limit` below 2 makes no incident of the host of a single server.
  [[nodiscard]] std::string join(const std::string& cause, const std::string& endpoint, int limit,
                                 std::chrono::nanoseconds now);

  /// It has an id by now. The first one of the cause gives the host's incident its name.
  void opened(const std::string& cause, const std::string& incident);

 private:
  struct Together {
    std::map<std::string, std::chrono::nanoseconds> servers;  ///< when each failed last
    std::string first;
  };
  std::map<std::string, Together> by_cause_;
};

}  // namespace forkmend::daemon
