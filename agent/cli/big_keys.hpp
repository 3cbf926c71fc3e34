// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "cli/terminal.hpp"
#include "engine/observe.hpp"
#include "redis/big_keys.hpp"

namespace forkmend::cli {

/// Names of keys are data of the users': they are shown only to who asks for them.
enum class KeyNames { hidden, shown };

/// Asks the server for its largest keys. Errors: as redis::find_big_keys() and Connection.
[[nodiscard]] boost::asio::awaitable<Result<redis::BigKeys>> ask_big_keys(
    engine::ObservedInstance instance, redis::BigKeyBudget budget);

void show_big_keys(Terminal& terminal, const redis::BigKeys& found, KeyNames names);

/// "big_keys" of an instance.
[[nodiscard]] boost::json::object big_keys_json(const redis::BigKeys& found, KeyNames names);

}  // namespace forkmend::cli
