// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace forkmend::engine {

/// One prepared statement. A bind that fails is told by the next step().
class Statement {
 public:
  Statement& bind(std::string_view text);
  Statement& bind(std::int64_t number);
  Statement& bind(const std::optional<std::int64_t>& number);

  /// True while there is a row.
  [[nodiscard]] Result<bool> step();
  /// For a statement without rows.
  [[nodiscard]] Result<void> run();

  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::optional<std::int64_t> integer_or_null(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(sqlite3* connection, std::string path, sqlite3_stmt* statement);

  sqlite3* connection_;
  std::string path_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int next_ = 1;
  int failed_bind_ = 0;
};

/// A SQLite connection of one thread.
class Database {
 public:
  enum class Access { read_only, read_write };

  /// The file must exist. No component of the path may be a symbolic link.
  [[nodiscard]] static Result<Database> open(const std::string& path, Access access);

  [[nodiscard]] Result<void> execute(const char* sql);
  /// What `change` does, as a whole or not at all. Errors: those of `change`, or of the commit.
  [[nodiscard]] Result<void> transact(const std::function<Result<void>()>& change);
  [[nodiscard]] Result<Statement> prepare(std::string_view sql) const;
  /// First column of the first row; not_found without one.
  [[nodiscard]] Result<std::int64_t> integer_of(std::string_view sql) const;
  [[nodiscard]] Result<std::string> text_of(std::string_view sql) const;

  [[nodiscard]] std::int64_t last_insert_id() const;
  [[nodiscard]] std::int64_t rows_changed() const;
  /// The last failure was: a writer died in a transaction, and a read-only connection may not roll
  /// it back.
  [[nodiscard]] bool needs_recovery() const;

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  Database(std::unique_ptr<sqlite3, Close> connection, std::string path);

  std::unique_ptr<sqlite3, Close> connection_;
  std::string path_;
};

}  // namespace forkmend::engine
