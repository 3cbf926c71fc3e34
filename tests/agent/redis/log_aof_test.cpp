// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Every text of the append only file, verbatim, and the names of errors.
#include <gtest/gtest.h>

#include <cerrno>

#include "agent/redis/log_expectations.hpp"
#include "base/error.hpp"
#include "redis/errno_names.hpp"
#include "redis/log_line.hpp"

namespace forkmend::redis {
namespace {

using enum LogEventKind;

using forkmend::testing::expect_each;

TEST(LogAof, KnowsRewrites) {
  expect_each({
      {"Background append only file rewriting started by pid 93", rewrite_started},
      {"Background AOF rewrite finished successfully", rewrite_ok},
      {"Background AOF rewrite terminated with error", rewrite_child_error},
      {"Background AOF rewrite terminated by signal 9", rewrite_child_signal},
      {"Background AOF rewrite has repeatedly failed and triggered the limit, will retry in 4 "
       "minutes",
       rewrite_limited},
  });
}

TEST(LogAof, KnowsTheChildsErrors) {
  expect_each({
      {"Opening the temp file for AOF rewrite in rewriteAppendOnlyFile(): Permission denied",
       rewrite_write_error, EACCES},
      {"Write error writing append only file on disk: No space left on device", rewrite_write_error,
       ENOSPC},
      {"Error moving temp append only file on the final destination: Operation not permitted",
       rewrite_write_error, EPERM},
  });
}

TEST(LogAof, KnowsTheServersErrorsUpToSixTwo) {
  expect_each({
      {"Unable to open the temporary AOF produced by the child: No such file or directory",
       rewrite_write_error, ENOENT},
      {"Error trying to flush the parent diff to the rewritten AOF: No space left on device",
       rewrite_write_error, ENOSPC},
      {"Error trying to fsync the parent diff to the rewritten AOF: Input/output error",
       rewrite_write_error, EIO},
      {"Error trying to rename the temporary AOF file temp-rewriteaof-bg-93.aof into "
       "appendonly.aof: Device or resource busy",
       rewrite_write_error, EBUSY},
      {"Error opening /setting AOF rewrite IPC pipes: Too many open files", rewrite_write_error,
       EMFILE},
      {"Redis needs to enable the AOF but can't open the append only file appendonly.aof (in "
       "server "
       "root dir /data): Read-only file system",
       rewrite_write_error, EROFS},
  });
}

TEST(LogAof, KnowsTheServersErrorsFromSevenOn) {
  expect_each({
      {"Can't open or create append-only dir appendonlydir: Read-only file system",
       rewrite_write_error, EROFS},
      {"Can't open the append-only file appendonly.aof.2.incr.aof: Permission denied",
       rewrite_write_error, EACCES},
      {"Can't open the AOF manifest file temp-appendonly.aof.manifest: Permission denied",
       rewrite_write_error, EACCES},
      {"Error trying to write the temporary AOF manifest file temp-appendonly.aof.manifest: No "
       "space left on device",
       rewrite_write_error, ENOSPC},
      {"Fail to fsync the temp AOF file temp-appendonly.aof.manifest: Input/output error.",
       rewrite_write_error, EIO},
      {"Error trying to rename the temporary AOF manifest file temp-a.manifest into a.manifest: No "
       "space left on device",
       rewrite_write_error, ENOSPC},
      {"Fail to fsync AOF directory appendonlydir: Input/output error.", rewrite_write_error, EIO},
      {"Error trying to rename the temporary AOF base file temp-rewriteaof-bg-93.aof into "
       "a.base.rdb: Permission denied",
       rewrite_write_error, EACCES},
      {"Error trying to rename the temporary AOF incr file temp-a.incr into a.2.incr.aof: File "
       "exists",
       rewrite_write_error, EEXIST},
  });
}

TEST(LogAof, KnowsTheWritePath) {
  expect_each({
      {"Error writing to the AOF file: No space left on device", aof_write_error, ENOSPC},
      {"Short write while writing to the AOF file: (nwritten=2147479552, expected=2147483648)",
       aof_write_error},
      {"Could not remove short write from the append-only file.  Redis may refuse to load the AOF "
       "the next time it starts.  ftruncate: Operation not permitted",
       aof_write_error, EPERM},
      {"Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...",
       aof_write_error},
      {"Can't persist AOF for fsync error when the AOF fsync policy is 'always': Input/output "
       "error. Exiting...",
       aof_write_error, EIO},
      {"Fail to fsync the AOF file: No space left on device", aof_write_error, ENOSPC},
      {"AOF write error looks solved, Redis can write again.", aof_write_ok},
      {"AOF write error looks solved. The server can write again.", aof_write_ok},
      {"AOF reopen, just ignore the last error.", aof_write_ok},
      {"AOF reopen, just ignore the AOF fsync error in bio job", aof_write_ok},
      {"Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without "
       "waiting for fsync to complete, this may slow down Redis.",
       other},
  });
}

TEST(ErrnoNames, KnowsBothLibraries) {
  EXPECT_EQ(errno_from_text("Cannot allocate memory"), ENOMEM);
  EXPECT_EQ(errno_from_text("Out of memory"), ENOMEM);
  EXPECT_EQ(errno_from_text("Resource temporarily unavailable"), EAGAIN);
  EXPECT_EQ(errno_from_text("Try again"), EAGAIN);
  EXPECT_EQ(errno_from_text("Input/output error"), EIO);
  EXPECT_EQ(errno_from_text("I/O error"), EIO);
  EXPECT_EQ(errno_from_text("Invalid cross-device link"), EXDEV);
  EXPECT_EQ(errno_from_text("Cross-device link"), EXDEV);
  EXPECT_EQ(errno_from_text("Too many open files"), EMFILE);
  EXPECT_EQ(errno_from_text("No file descriptors available"), EMFILE);
  EXPECT_EQ(errno_from_text("Disk quota exceeded"), EDQUOT);
  EXPECT_EQ(errno_from_text("Quota exceeded"), EDQUOT);
}

TEST(ErrnoNames, AgreesWithTheSystemsOwnTexts) {
  for (const int number :
       {EPERM,  ENOENT, EIO,    ENOMEM,  EACCES, EBUSY,  EEXIST,    EXDEV, ENOTDIR,
        EISDIR, EMFILE, ENFILE, ETXTBSY, EFBIG,  ENOSPC, EROFS,     EPIPE, ENAMETOOLONG,
        ELOOP,  EDQUOT, ESTALE, EUCLEAN, EAGAIN, ENOSYS, EOPNOTSUPP}) {
    EXPECT_EQ(errno_from_text(errno_text(number)), number);
  }
}

TEST(ErrnoNames, GuessesNothing) {
  for (const std::string_view text :
       {"", "Success", "No error information", "Cannot allocate", "cannot allocate memory",
        "Unknown error", "Unknown error -1", "Unknown error 99999", "Unknown error x"}) {
    EXPECT_EQ(errno_from_text(text), std::nullopt) << text;
  }
  EXPECT_EQ(errno_from_text("Unknown error 524"), 524);
}

}  // namespace
}  // namespace forkmend::redis
