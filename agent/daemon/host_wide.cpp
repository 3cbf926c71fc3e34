// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/host_wide.hpp"

#include <algorithm>
#include <cstddef>

namespace forkmend::daemon {

std::string HostWide::join(const std::string& cause, const std::string& endpoint, int limit,
                           std::chrono::nanoseconds now) {
  // Servers with a cause that nobody knows need not have the same one.
  if (cause == "unknown") return {};
  Together& together = by_cause_[cause];
  std::erase_if(together.servers, [now](const auto& one) { return now - one.second > kTogether; });
  if (together.servers.empty()) together.first.clear();
  together.servers[endpoint] = now;
  const auto needed = static_cast<std::size_t>(std::max(limit, 2));
  return together.servers.size() >= needed ? together.first : std::string();
}

void HostWide::opened(const std::string& cause, const std::string& incident) {
  const auto found = by_cause_.find(cause);
  if (found != by_cause_.end() && found->second.first.empty()) found->second.first = incident;
}

}  // namespace forkmend::daemon
