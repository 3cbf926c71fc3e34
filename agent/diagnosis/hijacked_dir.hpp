// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "diagnosis/diagnosis.hpp"

namespace forkmend::diagnosis {

/// Whether a directory or a file name is one that attackers point saves at: cron, .ssh, /etc, /root
/// and web roots; authorized_keys, crontab, *.so, *.php and so on. Pure.
[[nodiscard]] bool is_attacked_place(std::string_view dir);
[[nodiscard]] bool is_attacked_name(std::string_view dbfilename);

/// Somebody has pointed the server's saves at a place of the system: the cause hijacked-dir, or
/// nothing. Asked before every other cause, since with this one no other may be mended: a save that
/// goes well would complete the attack. Pure.
[[nodiscard]] std::optional<Cause> find_hijacked_dir(const FactSet& facts);

/// Why a server whose place differs from its configuration file is not called hijacked; nullopt
/// where there is no difference.
[[nodiscard]] std::optional<std::string> harmless_difference(const FactSet& facts);

}  // namespace forkmend::diagnosis
