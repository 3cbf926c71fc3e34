// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "host/root.hpp"
#include "redis/endpoint.hpp"

namespace forkmend::redis {

/// The password in REDISCLI_AUTH, as redis-cli has it; nullopt when unset or empty.
[[nodiscard]] std::optional<Credentials> credentials_from_environment();

/// The password in the first line of a file. Errors: invalid (no regular file, accessible to
/// others, empty; the message says what to do), not_found, permission_denied, too_large, io.
[[nodiscard]] Result<Credentials> credentials_from_file(const std::string& path);

/// Asks a person for the password with echo off (--askpass). Blocks until an answer: only for use
/// before the event loop runs. Errors: cancelled (Ctrl-C or end of input), invalid (empty), io (no
/// terminal).
[[nodiscard]] Result<Credentials> ask_password(std::string_view question,
                                               const std::string& terminal = "/dev/tty");

/// The default user's password as a local server's own configuration file has it: requirepass, or
/// a ">password" of "user default ..." in it, in what it includes or in its aclfile, which wins as
/// it does for the server (ACLLoadConfiguredUsers). nullopt: no password is needed, or the file has
/// only its hash. A path below /proc/PID/root is read as that process sees it: neither an absolute
/// include nor a symbolic link leads out of there. Relative names are relative to the file's
/// directory. Errors: those of reading, too_large, parse; also when an included file that could not
/// be read may hold the password.
[[nodiscard]] Result<std::optional<Credentials>> credentials_from_server_config(
    const host::Root& root, const std::string& path);

/// Overwrites a secret and empties the string.
void wipe(std::string& secret);
void wipe(Credentials& credentials);

}  // namespace forkmend::redis
