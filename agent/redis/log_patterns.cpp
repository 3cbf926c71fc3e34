// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The texts, by function of the server's source. Which version says what: README.md, "INFO, logs
// and discovery". A text that changed between versions has one row for each wording.
#include <array>

#include "redis/log_message.hpp"

namespace forkmend::redis {

namespace {

using enum LogEventKind;
using enum MessageTail;

constexpr auto kPatterns = std::to_array<MessagePattern>({
    // rdb.c: rdbSaveBackground, rdbSaveToReplicasSockets, backgroundSaveDoneHandlerDisk
    {"Can't save in background: fork: ", save_fork_failed, error},
    {"Background saving error: Cannot fork: ", save_fork_failed, error},
    {"Background saving started by pid ", save_started, pid},
    {"Background saving terminated with success", save_ok, nothing},
    {"Background saving error", save_child_error, nothing},
    {"Background saving terminated by signal ", save_child_signal, signal},
    // rdb.c: rdbSave, in the child, or in the server itself for SAVE
    {"DB saved on disk", save_ok, nothing},
    {"Failed opening the temp RDB file ", save_write_error, error, ") for saving: "},
    {"Failed opening the RDB file ", save_write_error, error, ") for saving: "},
    {"Failed opening .rdb for saving: ", save_write_error, error},
    {"Write error while saving DB to the disk(", save_write_error, error, "): "},
    {"Write error saving DB on disk(", save_write_error, error, "): "},
    {"Write error saving DB on disk: ", save_write_error, error},
    {"Error moving temp DB file on the final destination: ", save_write_error, error},  // to 3.0
    {"Error moving temp DB file ", save_write_error, error, "): "},
    {"Failed to fsync directory while saving DB: ", save_write_error, error},
    // forkless.c of Valkey's development branch: no child at all
    {"forkless-save: background processor started", save_started, nothing},
    {"forkless-save: failed to open temp file [", save_write_error, error, ": "},
    {"forkless-save: error fsyncing temp file [", save_write_error, error, ": "},
    {"forkless-save: error closing temp file [", save_write_error, error, ": "},
    {"forkless-save: error moving temp file [", save_write_error, error, ": "},
    {"forkless-save: error writing KV pair", save_write_error, nothing},
    {"forkless-save: error creating iterator", save_write_error, nothing},
    {"forkless-save: forkless save complete. ", save_ok, anything},
    {"forkless-save: forkless save failed. ", save_child_error, anything},
    // replication.c: startBgsaveForReplication, updateReplicasWaitingBgsave; rdb.c:
    // ...HandlerSocket
    {"Starting BGSAVE for SYNC with target: ", sync_target, anything},
    {"Background RDB transfer started by pid ", sync_started, pid},
    {"Background RDB transfer terminated with success", sync_ok, nothing},
    {"Background RDB transfer error", sync_child_error, nothing},
    {"Background transfer error", sync_child_error, nothing},
    {"Background RDB transfer terminated by signal ", sync_child_signal, signal},
    {"Background transfer terminated by signal ", sync_child_signal, signal},
    {"BGSAVE for replication failed", sync_failed, nothing},
    {"SYNC failed. BGSAVE child returned an error", sync_failed, nothing},
    {"SYNC failed. Can't open/stat DB after BGSAVE: ", sync_failed, error},
    // replication.c: readSyncBulkPayload, on the replica; 4.0 says SLAVE, Valkey 8 PRIMARY
    {"Opening the temp file needed for ", sync_write_error, error, " synchronization: "},
    {"Write error or short write writing to the DB dump file needed for ", sync_write_error, error,
     " synchronization: "},
    {"Failed trying to sync the temp DB to disk in ", sync_write_error, error,
     " synchronization: "},
    {"Failed trying to rename the temp DB into ", sync_write_error, error, " synchronization: "},
    // aof.c: rewriteAppendOnlyFileBackground, backgroundRewriteDoneHandler
    {"Can't rewrite append only file in background: fork: ", rewrite_fork_failed, error},
    {"BGREWRITEAOF: Can't fork: ", rewrite_fork_failed, error},
    {"Background append only file rewriting started by pid ", rewrite_started, pid},
    {"Background AOF rewrite finished successfully", rewrite_ok, nothing},
    {"Background AOF rewrite terminated with error", rewrite_child_error, nothing},
    {"Background AOF rewrite terminated by signal ", rewrite_child_signal, signal},
    {"Background AOF rewrite has repeatedly failed and triggered the limit, will retry in ",
     rewrite_limited, anything},
    // aof.c: rewriteAppendOnlyFile, in the child
    {"Opening the temp file for AOF rewrite in rewriteAppendOnlyFile(): ", rewrite_write_error,
     error},
    {"Write error writing append only file on disk: ", rewrite_write_error, error},
    {"Error moving temp append only file on the final destination: ", rewrite_write_error, error},
    // aof.c, in the server: up to 6.2 after the child, from 7.0 before the fork and after the child
    {"Unable to open the temporary AOF produced by the child: ", rewrite_write_error, error},
    {"Error trying to flush the parent diff to the rewritten AOF: ", rewrite_write_error, error},
    {"Error trying to fsync the parent diff to the rewritten AOF: ", rewrite_write_error, error},
    {"Error opening /setting AOF rewrite IPC pipes: ", rewrite_write_error, error},
    {"Error trying to rename the temporary AOF ", rewrite_write_error, error, ": "},
    {"Error trying to write the temporary AOF manifest file ", rewrite_write_error, error, ": "},
    {"Can't open or create append-only dir ", rewrite_write_error, error, ": "},
    {"Can't open the append-only file ", rewrite_write_error, error, ": "},
    {"Can't open the AOF manifest file ", rewrite_write_error, error, ": "},
    {"Fail to fsync the temp AOF file ", rewrite_write_error, error, ": "},
    {"Fail to fsync AOF directory ", rewrite_write_error, error, ": "},
    {"Redis needs to enable the AOF but can't open the append only file ", rewrite_write_error,
     error, "): "},
    // aof.c: flushAppendOnlyFile, aofFsync; bio.c
    {"Error writing to the AOF file: ", aof_write_error, error},
    {"Short write while writing to the AOF file: (nwritten=", aof_write_error, anything},
    {"Could not remove short write from the append-only file.", aof_write_error, error,
     "ftruncate: "},
    {"Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...",
     aof_write_error, nothing},
    {"Can't persist AOF for fsync error when the AOF fsync policy is 'always': ", aof_write_error,
     error},
    {"Fail to fsync the AOF file: ", aof_write_error, error},
    {"AOF write error looks solved", aof_write_ok, anything},
    {"AOF reopen, just ignore the ", aof_write_ok, anything},
    // server.c
    {"Received SIGUSR1 in child, exiting now.", child_sigusr1, nothing},
    {"Server initialized", server_started, nothing},
    {"Server started, Redis version ", server_started, anything},  // up to 3.2
    {"oO0OoO0OoO0Oo ", server_started, anything, " is starting oO0OoO0OoO0Oo"},
    // server.c: linuxMemoryWarnings; 7.0.1: syscheck.c, which doubles the first word
    {"WARNING overcommit_memory is set to 0!", overcommit_warning, anything},
    {"WARNING WARNING overcommit_memory is set to 0!", overcommit_warning, anything},
    {"WARNING Memory overcommit must be enabled!", overcommit_warning, anything},
    {"WARNING you have Transparent Huge Pages (THP) support enabled", thp_warning, anything},
    {"WARNING You have Transparent Huge Pages (THP) support enabled", thp_warning, anything},
});

}  // namespace

std::span<const MessagePattern> message_patterns() {
  return kPatterns;
}

}  // namespace forkmend::redis
