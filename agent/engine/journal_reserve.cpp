// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A full disk is one of the failures that we are called for, and no change is made that cannot be
// recorded first. SQLite takes free pages of the database before it makes the file longer, and in
// journal mode PERSIST it writes its rollback journal over the old one instead of making it anew.
#include "engine/journal_reserve.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "engine/state.hpp"

namespace forkmend::engine {

namespace {

constexpr const char* kRollbackJournal = "journal.db-journal";

/// Two transactions: pages that are freed in the one that took them never reach the disk.
Result<void> free_pages(Database& database) {
  const auto free = database.integer_of("PRAGMA freelist_count");
  if (!free) return free.error();
  const auto page = database.integer_of("PRAGMA page_size");
  if (!page) return page.error();
  Result<void> done = ok();
  if (*free * *page < kJournalReserve) {
    done = database.execute(
        "CREATE TABLE IF NOT EXISTS reserve (room BLOB NOT NULL);"
        "INSERT INTO reserve VALUES (zeroblob(524288))");
  }
  const auto dropped = database.execute("DROP TABLE IF EXISTS reserve");
  return done ? dropped : done;
}

/// Longer by zeros: what counts of it is in its header, and a header of zeros says that no
/// transaction is under way.
Result<void> lengthen_rollback_journal(const Descriptor& directory) {
  const Descriptor file(openat(directory.get(), kRollbackJournal,
                               O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
  if (!file.is_open()) return errno_error(errno, "making journal.db-journal");
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return errno_error(errno, "looking at journal.db-journal");
  auto own = check_own_file(status, kRollbackJournal);
  if (!own) return own;
  constexpr std::int64_t kBlock = 512;
  if (status.st_size >= kJournalReserve && status.st_blocks * kBlock >= kJournalReserve) {
    return ok();
  }
  const int failure = posix_fallocate(file.get(), 0, kJournalReserve);
  if (failure != 0) return errno_error(failure, "setting room aside for the journal");
  if (fsync(file.get()) != 0 || fsync(directory.get()) != 0) {
    return errno_error(errno, "syncing journal.db-journal");
  }
  return ok();
}

}  // namespace

Result<void> reserve_journal_room(Database& database, const Descriptor& directory) {
  auto lengthened = lengthen_rollback_journal(directory);
  auto freed = free_pages(database);
  return freed ? lengthened : freed;
}

}  // namespace forkmend::engine
