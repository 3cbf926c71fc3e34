// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <string>

namespace forkmend::testing {

/// By SQLite itself, as if it were somebody else's program.
inline void run_sql(const std::string& path, const char* sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(database);
  sqlite3_close(database);
}

}  // namespace forkmend::testing
