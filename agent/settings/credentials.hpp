// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>

#include "base/result.hpp"
#include "redis/connection.hpp"
#include "settings/settings.hpp"

namespace forkmend::settings {

/// How that server is reached: its endpoint, who we are there, and whom we trust. Reads the
/// password file (credentials_from_file) or the systemd credential: $CREDENTIALS_DIRECTORY is given
/// as an argument, empty where systemd does not run us with credentials. Without either the
/// password is empty. Errors name the server and the file, never what is in it.
[[nodiscard]] Result<redis::ConnectionOptions> connection_of(
    const InstanceSettings& instance, const std::string& credentials_directory);

/// $CREDENTIALS_DIRECTORY, empty when unset.
[[nodiscard]] std::string credentials_directory();

}  // namespace forkmend::settings
