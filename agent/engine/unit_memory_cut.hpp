// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::engine {

/// The same as check_memory_cut() for a drop-in of ours below /etc/systemd/system: systemd gives a
/// running unit the MemoryMax of its files as soon as they are read anew, so that a drop-in taken
/// away lowers the limit too. `content` is what the file will hold, nullopt: it is taken away.
/// Other files, and drop-ins without MemoryMax, pass. Errors: busy, with what stands in the way or
/// cannot be told.
[[nodiscard]] Result<void> check_unit_memory_cut(const host::Root& root, const std::string& path,
                                                 const std::optional<std::string>& content);

}  // namespace forkmend::engine
