// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "redis/connection.hpp"

namespace forkmend::engine {

using ConnectionPtr = std::unique_ptr<redis::Connection>;

/// A connection to the server that was planned for. Errors: those of connecting; changed when
/// another run of a server answers there by now.
[[nodiscard]] boost::asio::awaitable<Result<ConnectionPtr>> connect_to_run(
    redis::ConnectionOptions options, std::string run_id);

}  // namespace forkmend::engine
