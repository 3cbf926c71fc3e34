// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "redis/endpoint.hpp"
#include "redis/reply.hpp"

namespace forkmend::redis {

/// The first request of a connection: AUTH, or PING where there is no password, to learn whether
/// one is wanted.
[[nodiscard]] std::vector<std::string> greeting(const Credentials& credentials);

/// What the answer to it means. Any answer to PING but a refusal is fine: MISCONF, LOADING and even
/// NOPERM prove a server that talks to us; a password that the server does not want is no harm
/// either. Errors: permission_denied with what to do, busy (maxclients), protocol. The server's
/// words about AUTH are never repeated: "unknown command" quotes the password.
[[nodiscard]] Result<void> judge_greeting(const Reply& reply, const Credentials& credentials);

}  // namespace forkmend::redis
