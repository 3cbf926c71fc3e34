// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engine/observe.hpp"

namespace forkmend::engine {

/// One point of the proof, e.g. {"new-file", true, "dump.rdb inode 77 -> 81, REDIS magic, 12 MiB"}.
/// Ids of what must hold before the save: alone, same-server, ready, guarded, forecast, disk; of
/// the save: triggered, ended (only when it did not); after it: status, lastsave or rewrites (AOF),
/// new-file, oom, pong, and read-back (heal() adds it).
struct Proof {
  std::string id;
  bool holds = false;
  std::string says;
};

struct Verification {
  bool proven = false;
  bool save_was_triggered = false;
  std::vector<Proof> proofs;
  std::chrono::milliseconds took{0};
};

/// How far a save is, for the progress line.
struct SaveProgress {
  std::chrono::milliseconds elapsed{0};
  std::optional<std::int64_t> keys_done;
  std::optional<std::int64_t> keys_total;
  std::optional<std::chrono::milliseconds> last_took;
};

struct VerifyOptions {
  std::optional<std::chrono::milliseconds>
      timeout;  ///< nullopt: from the last save's time and size
  std::chrono::milliseconds poll{50};
  std::function<void(const SaveProgress&)> on_progress;
  /// Asked while waiting: the save goes on, but nobody waits for it any more. heal() sets it.
  std::function<bool()> stop_requested;
};

/// Triggers a save (BGSAVE, or BGREWRITEAOF where only AOF is in use or only its rewrite fails) and
/// proves that it worked.
/// Triggers nothing when the forecast does not admit the fork, the disk has no room, another child
/// runs on this host past the deadline, or an unguarded replica would abort: then the proof that
/// does not hold says why.
[[nodiscard]] boost::asio::awaitable<Verification> verify_save(host::Root root,
                                                               ObservedInstance instance,
                                                               VerifyOptions options);

}  // namespace forkmend::engine
