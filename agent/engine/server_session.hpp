// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "base/fact.hpp"
#include "base/result.hpp"
#include "engine/observe.hpp"
#include "redis/connection.hpp"
#include "redis/info.hpp"

namespace forkmend::engine {

/// The sections of INFO that matter: "all", else the default ones, else one by one where an ACL or
/// an old server refuses. Errors: those of the connection; what the server said to the last try.
[[nodiscard]] boost::asio::awaitable<Result<redis::Info>> read_info(redis::Connection* connection);
/// The same as the server's own text.
[[nodiscard]] boost::asio::awaitable<Result<std::string>> read_info_text(
    redis::Connection* connection);

[[nodiscard]] boost::asio::awaitable<Result<redis::Info>> read_info_section(
    redis::Connection* connection, std::string section);

/// Every parameter that something of ours looks at; answers.info stays empty. Never asks for a
/// secret.
[[nodiscard]] boost::asio::awaitable<ServerAnswers> read_config(redis::Connection* connection);

/// redis.config.* of them. A parameter that this server does not have is not_applicable, one that a
/// bundle lacks is unknown; all of them are unreadable where CONFIG GET was refused.
[[nodiscard]] FactSet config_facts(const ServerAnswers& answers);

}  // namespace forkmend::engine
