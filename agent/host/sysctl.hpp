// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// "vm.overcommit_memory" -> "/proc/sys/vm/overcommit_memory". With the first separator a "/" the
/// dots stay dots, and behind the first "." a "/" stands for a dot (sysctl.d(5)).
[[nodiscard]] std::string sysctl_path(std::string_view key);

/// The running value, trimmed. Errors: not_found for a key this kernel does not have.
[[nodiscard]] Result<std::string> read_sysctl(const Root& root, std::string_view key);
[[nodiscard]] Result<std::int64_t> read_sysctl_integer(const Root& root, std::string_view key);

}  // namespace forkmend::host
