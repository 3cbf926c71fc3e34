// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string_view>

namespace forkmend::log {

enum class Level { debug, info, warning, error };

/// Where log lines go: stderr, one line each, with the level first when systemd reads it. Only cli,
/// daemon and engine log; everything below returns what it has to say.
void set_level(Level level);

/// One line; control characters are made printable. The incident id, when there is one, is put
/// first: "[i-20261125T030405-7f3a] ...".
void write(Level level, std::string_view incident, std::string_view line);

}  // namespace forkmend::log
