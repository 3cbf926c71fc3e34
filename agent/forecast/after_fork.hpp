// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "forecast/verdict.hpp"

namespace forkmend::forecast {

/// A quantity that nobody knows beforehand.
struct Spread {
  std::int64_t low = 0;
  std::int64_t likely = 0;
  std::int64_t worst = 0;
};

/// What every estimate of the time after the fork says of itself.
struct Outlook {
  /// admitted: there is room even for the worst; too_close: for what is likely.
  Verdict verdict = Verdict::unknown;
  std::optional<Spread> estimate;
  std::optional<std::int64_t> margin;  ///< of the likely case; negative: missing
  std::string unit;
  std::map<std::string, std::string> inputs;  ///< fact name -> value as used
  std::string says;                           ///< one sentence
};

/// Who the OOM killer takes when copy-on-write does not fit.
enum class Victim {
  child,    ///< the save fails, the server lives
  server,   ///< the server dies, and its child with it
  cgroup,   ///< memory.oom.group: everything in the cgroup
  panic,    ///< vm.panic_on_oom: the host
  another,  ///< both are exempt (oom_score_adj -1000)
  unknown,
};

[[nodiscard]] std::string_view to_string(Victim victim);

/// Copy-on-write: bytes that parent and child copy while the child lives, against what the host and
/// each memory cgroup level have left. Verdict::kill: the likely case does not fit.
struct CopyOutlook : Outlook {
  std::string binding;  ///< "host" or the path of the cgroup level with the least room
  Victim victim = Victim::unknown;
  std::string victim_says;
};

/// Room for the file that the child writes, bytes in the server's dir. Verdict::refused: the likely
/// case does not fit.
struct DiskOutlook : Outlook {
  std::string binding;  ///< rdb, aof-rewrite, replica-sync or inodes
};

enum class Throttled {
  never,
  save,  ///< copying during the save
  fork,  ///< the fork itself
  unknown,
};

[[nodiscard]] std::string_view to_string(Throttled throttled);

/// memory.high: nobody is refused or killed, but allocations sleep; from 5.18 on inside fork() too.
/// `margin` counts page tables only: negative, the fork itself is slowed.
struct ThrottleOutlook : Outlook {
  Throttled throttled = Throttled::unknown;
  std::string binding;  ///< path of the level
};

/// Milliseconds that fork() keeps the server from answering. `margin` is what stays of
/// cluster-node-timeout, where the server is in a cluster.
struct ForkTimeOutlook : Outlook {};

}  // namespace forkmend::forecast
