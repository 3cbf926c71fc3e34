// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <map>
#include <string>

namespace forkmend::testing {

using Files = std::map<std::string, std::string>;

/// A Debian 12 host with one redis-server, pid 812, in a systemd unit on cgroup version 2.
[[nodiscard]] Files sample_host();

/// `files` with others in their place; an empty content takes a file away.
[[nodiscard]] Files with(Files files, const Files& others);

}  // namespace forkmend::testing
