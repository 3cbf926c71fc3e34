// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/log.hpp"
#include "engine/journal_impl.hpp"
#include "engine/journal_reserve.hpp"
#include "engine/journal_schema.hpp"
#include "engine/state.hpp"

namespace forkmend::engine {

namespace {

constexpr const char* kFileName = "journal.db";

/// Without symbolic links: SQLite refuses them in every component, and /var or a home may well be
/// one of the administrator's.
Result<std::string> real_path(const std::string& directory) {
  std::error_code failure;
  const auto path = std::filesystem::canonical(directory, failure);
  if (failure) return errno_error(failure.value(), "opening the directory " + directory);
  return path.string();
}

/// The file exists afterwards, is ours, and its name has reached the disk.
Result<void> make_or_check_file(const Descriptor& directory, const std::string& path) {
  const Descriptor made(
      openat(directory.get(), kFileName, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (made.is_open()) {
    if (fsync(directory.get()) != 0) return errno_error(errno, "making " + path);
    return ok();
  }
  if (errno != EEXIST) return errno_error(errno, "making " + path);
  struct stat status{};
  if (fstatat(directory.get(), kFileName, &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno_error(errno, "looking at " + path);
  }
  return check_own_file(status, path);
}

/// A reader may also be root looking at a user's journal, or a user at root's if the mode lets him:
/// only what could make SQLite open something else is refused.
Result<void> check_for_reading(const std::string& path) {
  struct stat status{};
  if (lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return Error{Errc::not_found, "there is no journal yet: " + path, ENOENT};
    return errno_error(errno, "looking at " + path);
  }
  if (!S_ISREG(status.st_mode)) {
    return Error{Errc::invalid, path + " is a symbolic link or not a regular file"};
  }
  if (status.st_uid != geteuid() && status.st_uid != 0) {
    return Error{Errc::permission_denied,
                 path + " belongs to uid " + std::to_string(status.st_uid) + ": run as that user"};
  }
  return ok();
}

/// Rolls back what a dead writer left unfinished: any read of a connection that may write does so.
Result<void> recover(const std::string& path) {
  auto database = Database::open(path, Database::Access::read_write);
  if (!database) return database.error();
  const auto read = database->integer_of("SELECT count(*) FROM sqlite_master");
  if (!read) return read.error();
  return ok();
}

Result<Database> open_checked(const std::string& path) {
  auto database = Database::open(path, Database::Access::read_only);
  if (!database) return database;
  auto known = check_journal(*database, path);
  if (!known && database->needs_recovery()) {
    const auto recovered = recover(path);
    if (!recovered) {
      return recovered.error().during("finishing what a writer of the journal left half done");
    }
    database = Database::open(path, Database::Access::read_only);
    if (!database) return database;
    known = check_journal(*database, path);
  }
  if (!known) return known.error();
  return database;
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(const std::string& state_dir) {
  const auto directory = open_state_dir(state_dir);
  if (!directory) return directory.error().during("opening the journal");
  const auto real = real_path(state_dir);
  if (!real) return real.error().during("opening the journal");
  const std::string path = *real + "/" + kFileName;
  const auto file = make_or_check_file(*directory, path);
  if (!file) return file.error().during("opening the journal");
  auto database = Database::open(path, Database::Access::read_write);
  if (!database) return database.error();
  const auto prepared = prepare_journal(*database, path);
  if (!prepared) return prepared.error();
  const auto room = reserve_journal_room(*database, *directory);
  if (!room) {
    log::write(log::Level::warning, {},
               "the journal has no room set aside for a full disk: " + room.error().message);
  }
  return std::unique_ptr<Journal>(new Journal(std::make_unique<Impl>(*std::move(database))));
}

Result<std::unique_ptr<Journal>> Journal::open_read_only(const std::string& state_dir) {
  std::error_code ignored;
  if (!std::filesystem::exists(state_dir, ignored) && !ignored) {
    return Error{Errc::not_found, "there is no journal yet: " + state_dir, ENOENT};
  }
  const auto real = real_path(state_dir);
  if (!real) return real.error().during("opening the journal");
  const std::string path = *real + "/" + kFileName;
  const auto file = check_for_reading(path);
  if (!file) return file.error();
  auto database = open_checked(path);
  if (!database) return database.error();
  return std::unique_ptr<Journal>(new Journal(std::make_unique<Impl>(*std::move(database))));
}

}  // namespace forkmend::engine
