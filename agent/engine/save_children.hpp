// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/process_table.hpp"

namespace forkmend::engine {

/// A forked child of some server of this host: save, AOF rewrite, full sync or module fork.
struct SaveChild {
  std::int64_t pid = 0;
  std::int64_t parent = 0;
  std::string title;
};

/// Told by the title that servers give their children (redisSetProcTitle() of server.c), or, where
/// set-proc-title is off, by having the executable of a parent that is a server. Pure.
[[nodiscard]] std::vector<SaveChild> save_children(const std::vector<host::ProcessRow>& table);

/// "redis-rdb-bgsave (pid 812)", for sentences.
[[nodiscard]] std::string to_string(const SaveChild& child);

}  // namespace forkmend::engine
