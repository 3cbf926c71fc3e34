// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace forkmend::policy {

/// Who owns one file, directory or symbolic link on the way to a file, and who may write it.
struct PathOwner {
  std::string path;
  std::uint32_t uid = 0;
  std::uint32_t mode = 0;  ///< st_mode
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
};

/// Everything on the way from "/" to the file, symbolic links and their directories included, the
/// file last. Errors: those of lstat and readlink; ELOOP after 40 links.
[[nodiscard]] Result<std::vector<PathOwner>> walk_path(std::string_view path);

/// What lets somebody other than root change the file: an owner who is not root, or a write bit for
/// group or others. A sticky directory (/tmp) is fine, as root owns what lies in it.
[[nodiscard]] std::optional<std::string> why_untrusted(std::span<const PathOwner> way);

enum class TrustCheck { as_root, always, never };

/// A regular file of at most limit bytes; as root only one that nobody else can change. Errors:
/// open's; Errc::too_large; Errc::invalid for what is no regular file; Errc::permission_denied when
/// it cannot be trusted.
[[nodiscard]] Result<std::string> read_trusted(const std::string& path, std::size_t limit,
                                               TrustCheck check = TrustCheck::as_root);

}  // namespace forkmend::policy
