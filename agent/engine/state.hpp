// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "base/descriptor.hpp"
#include "base/result.hpp"

namespace forkmend::engine {

/// What the place of the state follows from.
struct StateHome {
  std::uint32_t effective_uid = 0;
  std::string xdg_state_home;  ///< ignored unless absolute (XDG base directory specification)
  std::string home;
};

/// "/var/lib/forkmend" as root (and without a home), else "$XDG_STATE_HOME/forkmend", else
/// "~/.local/state/forkmend".
[[nodiscard]] std::string state_dir_of(const StateHome& home);
/// For this process and its environment.
[[nodiscard]] std::string default_state_dir();

/// Makes the directory (0700, parents too) where it is missing, and opens it. Errors:
/// permission_denied when it is not ours or others may write to it; invalid when it is a symbolic
/// link or no directory.
[[nodiscard]] Result<Descriptor> open_state_dir(const std::string& state_dir);

/// Whether a file that we are about to trust is a plain file of ours: regular, one name only, not
/// writable by others. Errors: invalid, permission_denied.
[[nodiscard]] Result<void> check_own_file(const struct stat& status, const std::string& path);

}  // namespace forkmend::engine
