// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "engine/own_directory.hpp"
#include "host/root.hpp"

namespace forkmend::engine {

/// What `mkswap -L` writes into the header: it says to everybody, also after a crash or on another
/// host, whose file it is (and `swapon --show=NAME,LABEL` shows it).
inline constexpr const char* kSwapLabel = "forkmend";

/// A file that names forkmend, in any directory but "/" and those of the kernel's file systems.
/// Errors: invalid.
[[nodiscard]] Result<OwnPlace> swap_place(const std::string& path);

/// Whether a name in the directory is a regular file with our label in its header. Errors: those of
/// opening it; there being no such file is none (false).
[[nodiscard]] Result<bool> is_our_swap_file(const host::Root& root, const Descriptor& directory,
                                            const std::string& name);

/// A whole swap file with our label, mode 0600, without holes. It gets its name at the end, so that
/// what has the name is either complete or somebody else's. Errors: changed when the name is taken
/// (nothing was written); no_space; unsupported where the file system cannot allocate, or without
/// mkswap. What an error leaves is removed.
[[nodiscard]] boost::asio::awaitable<Result<void>> make_swap_file(host::Root root, OwnPlace place,
                                                                  std::int64_t bytes);

/// Removes our file, a half-made one too; one without our label stays. Not for an active one.
[[nodiscard]] Result<void> remove_swap_file(const host::Root& root, const OwnPlace& place);

}  // namespace forkmend::engine
