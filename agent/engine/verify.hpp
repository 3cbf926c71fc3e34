// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "engine/observe.hpp"
#include "policy/proof_limits.hpp"
#include "remediations/step.hpp"

namespace forkmend::engine {

/// One point of the proof, e.g. {"new-file", true, "dump.rdb inode 77 -> 81, REDIS magic, 12 MiB"}.
/// Ids of what must hold before the save: alone, same-server, ready, guarded, forecast, disk; of
/// the save: load, triggered or own-save, ended (only when it did not), watched; after it: status,
/// lastsave or rewrites (AOF), new-file, oom, pong, and read-back (heal() adds it).
struct Proof {
  std::string id;
  bool holds = false;
  std::string says;
};

struct Verification {
  bool proven = false;
  bool save_was_triggered = false;
  bool put_off = false;  ///< the server was too busy until the end of the time: nothing was tried
  bool aborted = false;  ///< the save cost too much and was ended: nothing is proven either way
  std::vector<Proof> proofs;
  std::chrono::milliseconds took{0};
};

/// Step::remedy of the steps that end a proof: it is no remedy.
inline constexpr std::string_view kAbortProof = "abort-proof";

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
  policy::PutOffAbove put_off_above;  ///< above it nothing is triggered yet
  policy::AbortAbove abort_above;     ///< above it a running save is ended
  std::function<void(const std::string&)> on_event;
  /// Carries out a step that ends the save's child, and records it. Without it none is ended.
  std::function<boost::asio::awaitable<Result<void>>(remediations::Step)> end_child;
  /// Asked while waiting: the save goes on, but nobody waits for it any more. heal() sets it.
  std::function<bool()> stop_requested;
};

/// Triggers a save (BGSAVE, or BGREWRITEAOF where only AOF is in use or only its rewrite fails) and
/// proves that it worked.
/// Triggers nothing when the forecast does not admit the fork, the disk has no room, another child
/// runs on this host past the deadline, or an unguarded replica would abort: then the proof that
/// does not hold says why. While the load is above put_off_above it waits, as long as a save may
/// take; a save that the server makes by itself meanwhile proves as much.
[[nodiscard]] boost::asio::awaitable<Verification> verify_save(host::Root root,
                                                               ObservedInstance instance,
                                                               VerifyOptions options);

}  // namespace forkmend::engine
