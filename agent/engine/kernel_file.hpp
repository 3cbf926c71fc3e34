// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>

#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::engine {

/// The kernel's file systems that a change may go to.
enum class KernelFileSystem { proc, sys, cgroup };

/// Writes a value with one write(2), as the kernel wants it. On a live root the file must really be
/// of that file system (a bind mount over it would take the value and change nothing). Below a
/// prefix the plain file is replaced in place. Errors: read_only and permission_denied say what
/// usually stands behind; invalid when the kernel refuses the value.
[[nodiscard]] Result<void> write_kernel_file(const host::Root& root, const std::string& path,
                                             KernelFileSystem file_system,
                                             const std::string& value);

/// Errors: invalid unless `path` is absolute and plain (no "//", "." or "..", no control
/// characters) and lies below `directory`.
[[nodiscard]] Result<void> check_below(const std::string& path, const std::string& directory);

}  // namespace forkmend::engine
