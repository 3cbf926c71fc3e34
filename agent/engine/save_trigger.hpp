// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "engine/save_kind.hpp"
#include "engine/verify.hpp"
#include "host/root.hpp"
#include "redis/connection.hpp"
#include "redis/info.hpp"

namespace forkmend::engine {

/// What a server answers to BGSAVE or BGREWRITEAOF.
enum class TriggerAnswer {
  started,
  scheduled,     ///< it starts as soon as another child has ended
  other_child,   ///< a child of its own runs: wait for it, then ask again
  not_now,       ///< LOADING, BUSY, MASTERDOWN: ask again
  fork_refused,  ///< bare "-ERR" of BGSAVE: the fork failed, the status is err now
  not_allowed,   ///< ACL, renamed command, managed service
  other,
};

/// Pure; the texts are those of bgsaveCommand() and bgrewriteaofCommand(), 4.0 to 8.4 and Valkey.
[[nodiscard]] TriggerAnswer classify_trigger(const redis::Reply& reply);

/// A connection that is made anew after it broke: a server may be slow, fork for seconds, or close
/// idle clients while a save runs.
class ServerLink {
 public:
  explicit ServerLink(redis::ConnectionOptions options) : options_(std::move(options)) {}

  [[nodiscard]] boost::asio::awaitable<Result<redis::Reply>> call(redis::Command command);
  /// INFO of one section.
  [[nodiscard]] boost::asio::awaitable<Result<redis::Info>> info(std::string section);

 private:
  redis::ConnectionOptions options_;
  std::unique_ptr<redis::Connection> connection_;
};

/// One try. `asked` is when: the save is newer than that.
struct Trigger {
  TriggerAnswer answer = TriggerAnswer::other;
  WallTime asked;
  std::string says;
};

[[nodiscard]] boost::asio::awaitable<Trigger> trigger_save(ServerLink* link, SaveKind kind);

/// Waiting for a child of a server, with an end on the clock that stands still while the host is
/// suspended (monotonic_since_boot()), as the child does.
struct Wait {
  std::chrono::nanoseconds until{0};
  std::chrono::milliseconds poll{50};
  std::function<bool()> stop_requested;

  [[nodiscard]] bool is_stopped() const { return stop_requested && stop_requested(); }
  [[nodiscard]] bool is_over() const { return is_stopped() || monotonic_since_boot() >= until; }
};

/// Returns after one poll interval.
[[nodiscard]] boost::asio::awaitable<void> pause(std::chrono::milliseconds time);

/// No save, rewrite or module fork of any server runs on this host, or which one was still there.
struct Alone {
  Proof proof;
  host::Root moment;  ///< caching: what is read next through it is of the same moment
};

/// Until it holds, or the wait is over.
[[nodiscard]] boost::asio::awaitable<Alone> wait_until_alone(host::Root root, ServerLink* link,
                                                             Wait wait);

struct SaveHooks {
  std::function<void(const SaveProgress&)> on_progress;
  /// Asked after each answer to INFO, or error, with how long it took: true ends the waiting.
  std::function<bool(const Result<redis::Info>&, std::chrono::milliseconds)> enough;
};

enum class SaveEnd { ended, enough };

/// Until the triggered save has ended, however, or it is enough. Errors: timeout when it still runs
/// at the end; cancelled when asked to stop; closed and the like when the server went away.
[[nodiscard]] boost::asio::awaitable<Result<SaveEnd>> wait_for_save(ServerLink* link, SaveKind kind,
                                                                    Wait wait, SaveHooks hooks);

}  // namespace forkmend::engine
