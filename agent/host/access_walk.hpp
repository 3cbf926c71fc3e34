// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/filesystem.hpp"
#include "host/process.hpp"

namespace forkmend::host {

/// With what the kernel judges a process's access to files.
struct FileRights {
  std::int64_t uid = 0;  ///< fsuid
  std::int64_t gid = 0;  ///< fsgid
  std::vector<std::int64_t> groups;
  bool dac_override = false;  ///< CAP_DAC_OVERRIDE
  bool fowner = false;        ///< CAP_FOWNER
  /// Capabilities of another user namespace hold only for files whose owner is mapped into it.
  bool initial_user_namespace = true;
};

/// nullopt where /proc/PID/status lacks ids or capabilities.
[[nodiscard]] std::optional<FileRights> file_rights(const ProcessStatus& status,
                                                    bool initial_user_namespace);

struct PathComponent {
  std::string path;  ///< as the server names it
  FileAttributes attributes;
};

enum class Access { allowed, denied, unknown };

struct WalkVerdict {
  Access access = Access::unknown;
  std::string component;  ///< the one that decides; empty when all allow
  std::string says;       ///< "/srv/redis is drwxr-x--- of uid 0, gid 0, and ... "
};

/// Whether a process may make a file in the last of `components`: generic_permission() of
/// fs/namei.c, search on all of them and writing on the last. A component with an access list that
/// the mode does not decide is unknown. Neither mounts nor security modules are asked. Pure.
[[nodiscard]] WalkVerdict walk_for_writing(const std::vector<PathComponent>& components,
                                           const FileRights& rights);

/// Whether a sticky directory keeps the process from replacing a file in it: check_sticky() of
/// fs/namei.c. Pure.
[[nodiscard]] bool sticky_forbids(const FileAttributes& directory, const FileAttributes& file,
                                  const FileRights& rights);

}  // namespace forkmend::host
