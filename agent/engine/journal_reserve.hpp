// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "engine/database.hpp"

namespace forkmend::engine {

/// Bytes that are set aside in the database and in its rollback journal: the largest incident (its
/// report is written twice) with dozens of changes.
inline constexpr std::int64_t kJournalReserve = std::int64_t{512} * 1024;

/// Sets room aside, so that an incident can be recorded once the disk has no free block and no free
/// inode left: free pages in the database, and a rollback journal that keeps its file and its
/// blocks. `directory` holds both. Errors: no_space; what is there can be used all the same.
[[nodiscard]] Result<void> reserve_journal_room(Database& database, const Descriptor& directory);

}  // namespace forkmend::engine
