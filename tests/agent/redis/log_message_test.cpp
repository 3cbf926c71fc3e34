// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Every text of saves to disk, full syncs and start-up, verbatim.
#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <set>
#include <string>

#include "agent/redis/log_expectations.hpp"
#include "redis/log_line.hpp"
#include "redis/log_message.hpp"

namespace forkmend::redis {
namespace {

using enum LogEventKind;

using forkmend::testing::expect_each_telling;

TEST(LogMessage, KnowsRefusedForks) {
  expect_each_telling({
      {"Can't save in background: fork: Cannot allocate memory", save_fork_failed, ENOMEM},
      {"Can't save in background: fork: Out of memory", save_fork_failed, ENOMEM},
      {"Can't save in background: fork: Resource temporarily unavailable", save_fork_failed,
       EAGAIN},
      {"Can't save in background: fork: File exists", save_fork_failed, EEXIST},
      {"Can't save in background: fork: Success", save_fork_failed},
      {"Background saving error: Cannot fork: fork() failed: Cannot allocate memory",
       save_fork_failed, ENOMEM},
      {"Can't rewrite append only file in background: fork: Cannot allocate memory",
       rewrite_fork_failed, ENOMEM},
      {"Can't rewrite append only file in background: fork: Resource temporarily unavailable",
       rewrite_fork_failed, EAGAIN},
      {"BGREWRITEAOF: Can't fork: Cannot allocate memory (errno=12)", rewrite_fork_failed, ENOMEM},
      {"BGREWRITEAOF: Can't fork: etwas anderes (errno=11)", rewrite_fork_failed, EAGAIN},
  });
}

TEST(LogMessage, KnowsSavesToDisk) {
  expect_each_telling({
      {"Background saving started by pid 4711", save_started},
      {"Background saving terminated with success", save_ok},
      {"Background saving error", save_child_error},
      {"Background saving terminated by signal 9", save_child_signal},
      {"Failed opening the RDB file dump.rdb (in server root dir /var/data/redis) for saving: "
       "Read-only file system",
       save_write_error, EROFS},
      {"Failed opening the temp RDB file temp-1362.rdb (in server root dir /app) for saving: "
       "Permission denied",
       save_write_error, EACCES},
      {"Failed opening the temp RDB file temp-3194.rdb (in server root dir unknown) for saving: No "
       "such file or directory",
       save_write_error, ENOENT},
      {"Failed opening .rdb for saving: Permission denied", save_write_error, EACCES},
      {"Write error saving DB on disk: No space left on device", save_write_error, ENOSPC},
      {"Write error saving DB on disk(fsyncFileDir): Input/output error", save_write_error, EIO},
      {"Write error while saving DB to the disk(rdbSaveRio): Disk quota exceeded", save_write_error,
       EDQUOT},
      {"Write error while saving DB to the disk(fsync): I/O error", save_write_error, EIO},
      {"Error moving temp DB file temp-9.rdb on the final destination dump.rdb (in server root dir "
       "/data): Device or resource busy",
       save_write_error, EBUSY},
      {"Failed to fsync directory while saving DB: Stale file handle", save_write_error, ESTALE},
  });
}

TEST(LogMessage, KnowsForklessSaves) {
  expect_each_telling({
      {"forkless-save: background processor started", save_started},
      {"forkless-save: failed to open temp file [temp-7.rdb] for forkless save: Permission denied",
       save_write_error, EACCES},
      {"forkless-save: error fsyncing temp file [temp-7.rdb]: No space left on device",
       save_write_error, ENOSPC},
      {"forkless-save: error closing temp file [temp-7.rdb]: Input/output error", save_write_error,
       EIO},
      {"forkless-save: error moving temp file [temp-7.rdb] to destination [dump.rdb]: Is a "
       "directory",
       save_write_error, EISDIR},
      {"forkless-save: error writing KV pair", save_write_error},
      {"forkless-save: error creating iterator", save_write_error},
      {"forkless-save: forkless save complete. 3 seconds.", save_ok},
      {"forkless-save: forkless save failed. 3 seconds.", save_child_error},
      {"forkless-save: forkless save terminated. 3 seconds.", other},
  });
}

TEST(LogMessage, KnowsFullSyncs) {
  expect_each_telling({
      {"Starting BGSAVE for SYNC with target: replicas sockets", sync_target},
      {"Starting BGSAVE for SYNC with target: slaves sockets", sync_target},
      {"Starting BGSAVE for SYNC with target: disk", sync_target},
      {"Starting BGSAVE for SYNC with target: replicas sockets using: dual-channel", sync_target},
      {"Background RDB transfer started by pid 92", sync_started},
      {"Background RDB transfer started by pid 92 to pipe through parent process", sync_started},
      {"Background RDB transfer started by pid 92 to replica socket", sync_started},
      {"Background RDB transfer started by pid 92 to direct socket to replica while skipping RDB "
       "checksum for this transfer",
       sync_started},
      {"Background RDB transfer terminated with success", sync_ok},
      {"Background transfer error", sync_child_error},
      {"Background RDB transfer error", sync_child_error},
      {"Background transfer terminated by signal 9", sync_child_signal},
      {"Background RDB transfer terminated by signal 9", sync_child_signal},
      {"BGSAVE for replication failed", sync_failed},
      {"SYNC failed. BGSAVE child returned an error", sync_failed},
      {"SYNC failed. Can't open/stat DB after BGSAVE: No such file or directory", sync_failed,
       ENOENT},
      {"Opening the temp file needed for MASTER <-> REPLICA synchronization: Permission denied",
       sync_write_error, EACCES},
      {"Opening the temp file needed for MASTER <-> SLAVE synchronization: Permission denied",
       sync_write_error, EACCES},
      {"Write error or short write writing to the DB dump file needed for PRIMARY <-> REPLICA "
       "synchronization: No space left on device",
       sync_write_error, ENOSPC},
      {"Failed trying to sync the temp DB to disk in MASTER <-> REPLICA synchronization: "
       "Input/output error",
       sync_write_error, EIO},
      {"Failed trying to rename the temp DB into dump.rdb in MASTER <-> REPLICA synchronization: "
       "Text file busy",
       sync_write_error, ETXTBSY},
  });
}

TEST(LogMessage, KnowsStartsAndWarnings) {
  expect_each_telling({
      {"Server initialized", server_started},
      {"oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo", server_started},
      {"oO0OoO0OoO0Oo Valkey is starting oO0OoO0OoO0Oo", server_started},
      {"oO0OoO0OoO0Oo KeyDB is starting oO0OoO0OoO0Oo", server_started},
      {"Received SIGUSR1 in child, exiting now.", child_sigusr1},
      {"WARNING overcommit_memory is set to 0! Background save may fail under low memory "
       "condition. To fix this issue add 'vm.overcommit_memory = 1' to /etc/sysctl.conf and then "
       "reboot or run the command 'sysctl vm.overcommit_memory=1' for this to take effect.",
       overcommit_warning},
      {"WARNING WARNING overcommit_memory is set to 0! Background save may fail under low memory "
       "condition.",
       overcommit_warning},
      {"WARNING Memory overcommit must be enabled! Without it, a background save or replication "
       "may fail under low memory condition. Being disabled, it can can also cause failures",
       overcommit_warning},
      {"WARNING you have Transparent Huge Pages (THP) support enabled in your kernel.",
       thp_warning},
      {"WARNING You have Transparent Huge Pages (THP) support enabled in your kernel.",
       thp_warning},
  });
}

TEST(LogMessage, ReadsChildAndSignalNumbers) {
  EXPECT_EQ(parse_log_message("Background saving started by pid 4711").child_pid, 4711);
  EXPECT_EQ(
      parse_log_message("Background RDB transfer started by pid 92 to replica socket").child_pid,
      92);
  EXPECT_EQ(parse_log_message("Background saving terminated by signal 31").signal, SIGSYS);
  EXPECT_EQ(parse_log_message("Background AOF rewrite terminated by signal 9").signal, SIGKILL);
  EXPECT_EQ(parse_log_message("Background saving error").signal, std::nullopt);
}

TEST(LogMessage, TakesTheErrorFromTheEndOnly) {
  const LogEvent event = parse_log_message(
      "Failed opening the temp RDB file temp-1.rdb (in server root dir /a: Permission denied: b) "
      "for "
      "saving: No space left on device");
  EXPECT_EQ(event.error_number, ENOSPC);
  EXPECT_EQ(parse_log_message("Can't save in background: fork: Cannot alloc").error_number,
            std::nullopt);
  EXPECT_EQ(parse_log_message("Can't save in background: fork: Unknown error 524").error_number,
            524);
}

TEST(LogMessage, TellsSaveFromBgsaveByTheRole) {
  LogEvent event{.role = 'M', .message = "DB saved on disk"};
  interpret_message(event);
  EXPECT_EQ(event.kind, save_ok);
  event.role = 'C';
  interpret_message(event);
  EXPECT_EQ(event.kind, other);
  event.role = '?';
  interpret_message(event);
  EXPECT_EQ(event.kind, other);
}

TEST(LogMessage, KeepsWhatHelpsADiagnosis) {
  expect_each_telling({
      {"Can't fork for module: Cannot allocate memory", other, ENOMEM},
      {"Child failed reporting info to parent, exiting. Broken pipe", other, EPIPE},
      {"MASTER aborted replication with an error: ERR BGSAVE failed, replication can't continue",
       other},
      {"Client id=5 addr=10.0.0.2:6379 scheduled to be closed ASAP for overcoming of output buffer "
       "limits.",
       other},
      {"Background AOF rewrite terminated with success", other},
      {"Received SIGTERM scheduling shutdown...", other},
      {"There is a child saving an .rdb. Killing it!", other},
      {"Replica was unable to write command to disk.", other},
  });
  for (const std::string_view message : {"1 changes in 60 seconds. Saving...",
                                         "Ready to accept "
                                         "connections tcp",
                                         ""}) {
    EXPECT_FALSE(is_telling(parse_log_message(message))) << message;
  }
}

TEST(LogEventKinds, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (int kind = 0; kind <= static_cast<int>(sync_write_error); ++kind) {
    names.insert(to_string(static_cast<LogEventKind>(kind)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(sync_write_error) + 1);
  EXPECT_EQ(to_string(save_fork_failed), "save-fork-failed");
}

}  // namespace
}  // namespace forkmend::redis
