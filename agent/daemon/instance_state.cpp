// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/instance_state.hpp"

namespace forkmend::daemon {

std::string_view to_string(EventSource source) {
  switch (source) {
    case EventSource::poll:
      return "poll";
    case EventSource::server_log:
      return "server-log";
    case EventSource::journal:
      return "journal";
    case EventSource::kernel_log:
      return "kernel-log";
    case EventSource::cgroup:
      return "cgroup";
    case EventSource::process_exit:
      return "process-exit";
    case EventSource::discovery:
      return "discovery";
    case EventSource::forecast:
      return "forecast";
  }
  return "unknown";
}

}  // namespace forkmend::daemon
