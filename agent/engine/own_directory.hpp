// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::engine {

/// Where a file of ours lies: one of the directories that may be written to, and a name in it.
struct OwnPlace {
  std::string directory;  ///< "/etc/sysctl.d"
  std::string file;       ///< "99-zz-forkmend.conf"
};

/// Files that name forkmend, in /etc/sysctl.d, /etc/tmpfiles.d or /etc/systemd/system/UNIT.d, and
/// units of swap files, /etc/systemd/system/NAME.swap.
/// Errors: invalid for any other path.
[[nodiscard]] Result<OwnPlace> own_place(const std::string& path);

enum class IfMissing { fail, make };

/// Opens a directory of the host without following a symbolic link in any component. On a live root
/// each component must belong to root and be writable by nobody else. The last one is made (0755)
/// on demand, and marked as ours. Errors: not_found; invalid for a link; permission_denied.
[[nodiscard]] Result<Descriptor> open_own_directory(const host::Root& root,
                                                    const std::string& directory,
                                                    IfMissing if_missing);

/// Removes the directory when it is empty and was made by us (the mark says so; where the file
/// system keeps no marks, an empty UNIT.d counts as ours).
[[nodiscard]] Result<void> remove_own_directory(const host::Root& root,
                                                const std::string& directory);

}  // namespace forkmend::engine
