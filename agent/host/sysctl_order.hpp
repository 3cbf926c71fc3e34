// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// One line that sets a key at boot.
struct SysctlAssignment {
  std::string file;
  std::size_t line = 0;  ///< from 1
  std::string value;
  bool ignores_errors = false;  ///< "-key = value"
  bool operator==(const SysctlAssignment&) const = default;
};

/// Who sets a sysctl at boot, by the order of systemd-sysctl.
struct SysctlOrder {
  std::vector<SysctlAssignment> assignments;  ///< in the order they are applied
  std::optional<SysctlAssignment> winner;     ///< the last one; nullopt: the kernel's default stays
  /// Lines of /etc/sysctl.conf where nothing links to that file: systemd does not read it (Debian
  /// 13), `sysctl -p` does.
  std::vector<SysctlAssignment> ignored;
  std::vector<Error> problems;  ///< files that could not be read: the answer may be incomplete
};

/// Source: sysctl.d(5). A key may be spelled with dots or slashes.
[[nodiscard]] SysctlOrder sysctl_order(const Root& root, std::string_view key);

}  // namespace forkmend::host
