// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace forkmend::remediations {

/// A limit of a container, as each tool names it.
struct ContainerLimit {
  std::string_view docker;      ///< "--memory 2147483648 --memory-swap -1"
  std::string_view kubernetes;  ///< "--limits=memory=2048Mi"
};

/// Who made the cgroup directory of a container, and the line that changes the limit for good, as a
/// clause: "docker made it; to keep the limit run: docker update ... 0a1b2c3d4e5f". nullopt: it is
/// not that of a container.
[[nodiscard]] std::optional<std::string> container_line(std::string_view cgroup,
                                                        const ContainerLimit& limit);

}  // namespace forkmend::remediations
