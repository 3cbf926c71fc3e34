// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <array>

#include "redis/log_message.hpp"

namespace forkmend::redis {

namespace {

using enum LogEventKind;
using enum MessageTail;

constexpr auto kTelling = std::to_array<MessagePattern>({
    // Another child holds the slot, or one was killed on purpose.
    {"Can't fork for module: ", other, error},
    {"Module fork exited pid: ", other, anything},
    {"Child failed reporting info to parent, exiting. ", other, error},
    {"Killing running RDB child: ", other, anything},
    {"There is a child saving an .rdb. Killing it!", other, nothing},
    {"There is a child rewriting the AOF. Killing it!", other, nothing},
    {"Background save cancelled", other, anything},
    {"Background transfer terminated cancelled", other, nothing},
    {"waitpid() returned an error: ", other, anything},
    {"Warning, detected child with unmatched pid: ", other, anything},
    {"forkless-save: ", other, anything},
    // The child's part of a rewrite: the server still has to put the files in place.
    {"Background AOF rewrite terminated with success", other, nothing},
    // Full syncs that go wrong at the other end, or again and again.
    {"BGSAVE for replication: replication information not available", other, anything},
    {"MASTER aborted replication with an error: ", other, anything},
    {"PRIMARY aborted replication with an error: ", other, anything},
    {"Master does not support PSYNC or is in error state (reply: ", other, anything},
    {"Failed trying to load the ", other, anything, " synchronization DB from disk"},
    {"Diskless rdb transfer, ", other, error},
    {"Closing slave ", other, error, ": child->slave RDB transfer failed: "},
    {"Client id=", other, anything, " for overcoming of output buffer limits."},
    {"Unable to partial resync with ", other, anything, " for lack of backlog"},
    // AOF that cannot be switched on, or waits for the disk.
    {"Redis needs to enable the AOF but ", other, anything},
    {"The server needs to enable the AOF but ", other, anything},
    {"Failed enabling the AOF after successful ", other, anything},
    {"Failed to enable AOF!", other, anything},
    {"Can't open the append-only file: ", other, error},
    {"Fatal error: can't open the AOF manifest", other, anything},
    {"Unable to obtain the AOF file ", other, error, " length. stat: "},
    {"Asynchronous AOF fsync is taking too long", other, anything},
    {"FATAL: ", other, anything},
    {"Replica was unable to write command to disk.", other, anything},
    {"Replica is applying a command even though it is unable to write to disk.", other, anything},
    // The server ends, or could not start.
    {"Received SIGTERM", other, anything},
    {"Received SIGINT", other, anything},
    {"User requested shutdown", other, anything},
    {"Error trying to save the DB, can't exit.", other, anything},
    {"Writing initial AOF, can't exit.", other, anything},
    {"Errors trying to shut down the server.", other, anything},
    {"Out Of Memory allocating ", other, anything},
    {"Fatal: Can't initialize Background Jobs.", other, anything},
    {"Guru Meditation: ", other, anything},
    {"WARNING Your kernel has a bug that could lead to data corruption", other, anything},
    {"Failed to test the kernel for a bug", other, anything},
    {"Unable to write oom_score_adj: ", other, error},
});

}  // namespace

std::span<const MessagePattern> telling_patterns() {
  return kTelling;
}

}  // namespace forkmend::redis
