// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>

#include "host/root.hpp"
#include "redis/discovery.hpp"
#include "redis/endpoint.hpp"

namespace forkmend::engine {

/// The configuration file of a server that does not let us in, as seen from the host: an argument
/// of its command line that names a .conf file, else the file below /etc/redis, /etc/valkey,
/// /etc/keydb or /etc whose port is that of the endpoint. (A server shows INFO config_file only to
/// those it let in, and overwrites its command line with a title.) nullopt when none fits.
[[nodiscard]] std::optional<std::string> find_server_file(const host::Root& root,
                                                          const redis::FoundServer& server,
                                                          const redis::Endpoint& endpoint);

}  // namespace forkmend::engine
