// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/database.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <utility>

namespace forkmend::engine {

namespace {

// A writer waits only for a reader's SELECT, a reader only for a commit's fsync.
constexpr int kBusyMilliseconds = 1000;

Error damaged(const std::string& path, const std::string& what) {
  return Error{Errc::parse,
               "the journal " + path + " is damaged (" + what +
                   "): which changes are in force is not known. Nothing is changed until it is "
                   "moved away for a person to look at: mv " +
                   path + " " + path + ".damaged"};
}

/// The Error for a result code of SQLite; `connection` may be null.
Error error_of(sqlite3* connection, int code, const std::string& path) {
  const std::string text =
      connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
  const int system = connection != nullptr ? sqlite3_system_errno(connection) : 0;
  const std::string message = "journal " + path + ": " + text;
  switch (code & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return damaged(path, text);
    case SQLITE_FULL:
      return Error{Errc::no_space, message, ENOSPC};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error{Errc::busy, message};
    case SQLITE_READONLY:
      return Error{Errc::read_only, message, EROFS};
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Error{Errc::permission_denied, message, EACCES};
    case SQLITE_CONSTRAINT:
      return Error{Errc::invalid, message};
    case SQLITE_NOMEM:
      return errno_error(ENOMEM, message);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      if (system != 0) return errno_error(system, message);
      return Error{Errc::io, message};
    default:
      return Error{Errc::io, message};
  }
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Statement::Statement(sqlite3* connection, std::string path, sqlite3_stmt* statement)
    : connection_(connection), path_(std::move(path)), statement_(statement) {}

Statement& Statement::bind(std::string_view text) {
  const char* bytes = text.data() != nullptr ? text.data() : "";
  const int code = sqlite3_bind_text64(statement_.get(), next_++, bytes, text.size(),
                                       SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK && failed_bind_ == 0) failed_bind_ = code;
  return *this;
}

Statement& Statement::bind(std::int64_t number) {
  const int code = sqlite3_bind_int64(statement_.get(), next_++, number);
  if (code != SQLITE_OK && failed_bind_ == 0) failed_bind_ = code;
  return *this;
}

Statement& Statement::bind(const std::optional<std::int64_t>& number) {
  if (number) return bind(*number);
  ++next_;  // left at NULL
  return *this;
}

Result<bool> Statement::step() {
  if (failed_bind_ != 0) return error_of(nullptr, failed_bind_, path_);
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return error_of(connection_, sqlite3_extended_errcode(connection_), path_);
}

Result<void> Statement::run() {
  const auto row = step();
  if (!row) return row.error();
  return ok();
}

std::string Statement::text(int column) const {
  const unsigned char* bytes = sqlite3_column_text(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::optional<std::int64_t> Statement::integer_or_null(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
  return integer(column);
}

void Database::Close::operator()(sqlite3* connection) const {
  sqlite3_close_v2(connection);
}

Database::Database(std::unique_ptr<sqlite3, Close> connection, std::string path)
    : connection_(std::move(connection)), path_(std::move(path)) {}

Result<Database> Database::open(const std::string& path, Access access) {
  const int mode = access == Access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw,
                                   mode | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<sqlite3, Close> connection(raw);
  if (code != SQLITE_OK) return error_of(raw, code, path);
  // Where it may not write, SQLite falls back to reading without a word.
  if (access == Access::read_write && sqlite3_db_readonly(raw, "main") != 0) {
    return Error{Errc::read_only, "the journal " + path + " cannot be written", EROFS};
  }
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, kBusyMilliseconds);
  // The file may have been put there by somebody else: nothing in its schema may run functions.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  Database database(std::move(connection), path);
  // No mmap: an I/O error would come as SIGBUS. No temporary files: the disk may be full.
  const auto prepared = database.execute(
      "PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON;"
      "PRAGMA cell_size_check=ON");
  if (!prepared) return prepared.error();
  // This one reads the file: a reader has no use for it, and needs_recovery() to be told later.
  if (access == Access::read_only) return database;
  const auto durable = database.execute("PRAGMA synchronous=EXTRA");
  if (!durable) return durable.error();
  return database;
}

Result<void> Database::execute(const char* sql) {
  const int code = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error_of(connection_.get(), code, path_);
  return ok();
}

Result<void> Database::transact(const std::function<Result<void>()>& change) {
  auto done = execute("BEGIN IMMEDIATE");
  if (!done) return done;
  done = change();
  if (done) done = execute("COMMIT");
  // The error that stopped us is the one to tell; SQLite itself may have rolled back already.
  if (!done) static_cast<void>(execute("ROLLBACK"));
  return done;
}

Result<Statement> Database::prepare(std::string_view sql) const {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                      0, &raw, nullptr);
  if (code != SQLITE_OK) return error_of(connection_.get(), code, path_);
  return Statement(connection_.get(), path_, raw);
}

Result<std::int64_t> Database::integer_of(std::string_view sql) const {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  const auto row = statement->step();
  if (!row) return row.error();
  if (!*row) return Error{Errc::not_found, "journal " + path_ + ": no such row"};
  return statement->integer(0);
}

Result<std::string> Database::text_of(std::string_view sql) const {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  const auto row = statement->step();
  if (!row) return row.error();
  if (!*row) return Error{Errc::not_found, "journal " + path_ + ": no such row"};
  return statement->text(0);
}

std::int64_t Database::last_insert_id() const {
  return sqlite3_last_insert_rowid(connection_.get());
}

std::int64_t Database::rows_changed() const {
  return sqlite3_changes(connection_.get());
}

bool Database::needs_recovery() const {
  return sqlite3_extended_errcode(connection_.get()) == SQLITE_READONLY_ROLLBACK;
}

}  // namespace forkmend::engine
