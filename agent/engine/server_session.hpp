// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "base/fact.hpp"
#include "base/result.hpp"
#include "redis/connection.hpp"
#include "redis/info.hpp"

namespace forkmend::engine {

/// The sections of INFO that matter: "all", else the default ones, else one by one where an ACL or
/// an old server refuses. Errors: those of the connection; what the server said to the last try.
[[nodiscard]] boost::asio::awaitable<Result<redis::Info>> read_info(redis::Connection* connection);

[[nodiscard]] boost::asio::awaitable<Result<redis::Info>> read_info_section(
    redis::Connection* connection, std::string section);

/// redis.config.* of every parameter that something of ours looks at. A parameter that this server
/// does not have is not_applicable; all of them are unreadable where CONFIG GET is refused. Never
/// asks for a secret.
[[nodiscard]] boost::asio::awaitable<FactSet> read_config(redis::Connection* connection);

}  // namespace forkmend::engine
