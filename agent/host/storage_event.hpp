// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Private to the parser of kernel lines: disks, file systems and security modules.
#pragma once

#include <optional>
#include <string_view>

#include "host/kernel_event.hpp"

namespace forkmend::host {

/// IoError, RemountReadOnly or AvcDenied; nullopt for all other lines. Pure.
[[nodiscard]] std::optional<KernelEvent> parse_storage_event(std::string_view text);

}  // namespace forkmend::host
