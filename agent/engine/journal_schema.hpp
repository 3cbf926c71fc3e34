// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include "base/result.hpp"
#include "engine/database.hpp"

namespace forkmend::engine {

/// Version of the tables; in PRAGMA user_version.
inline constexpr int kJournalSchema = 1;

/// Makes the tables in an empty file; checks an old one page by page. Errors: parse for a damaged
/// file or one that is not a journal, unsupported for a newer version.
[[nodiscard]] Result<void> prepare_journal(Database& database, const std::string& path);

/// Whether the file has the tables that came after its first version. They add to it, so that older
/// programs read the rest.
[[nodiscard]] Result<bool> has_later_tables(const Database& database);

/// The same checks of kind and version, without writing. Errors: not_found where nothing was
/// written yet.
[[nodiscard]] Result<void> check_journal(const Database& database, const std::string& path);

}  // namespace forkmend::engine
