// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/database.hpp"
#include "engine/journal.hpp"

namespace forkmend::engine {

/// Behind Journal; only journal*.cpp includes this.
class Journal::Impl {
 public:
  explicit Impl(Database opened) : database(std::move(opened)) {}
  Database database;
};

/// Microseconds since the epoch.
[[nodiscard]] std::int64_t to_stored(WallTime time);
[[nodiscard]] WallTime from_stored(std::int64_t microseconds);

/// What tells one boot of the host from another; "" where the kernel does not say.
[[nodiscard]] std::string boot_id();

}  // namespace forkmend::engine
