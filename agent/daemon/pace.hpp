// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <cstdint>

namespace forkmend::daemon {

/// When a server is polled next. Pure: time and chance are given.
class PollPace {
 public:
  /// Something is wrong, or was a moment ago: four times as often for a while, at least 100 ms
  /// apart.
  void on_trouble(std::chrono::nanoseconds now);
  void on_answer() { unanswered_ = 0; }
  /// Each one in a row doubles the wait, up to ten seconds or the interval, whichever is longer.
  void on_silence() { ++unanswered_; }

  /// The wait from now on. `chance` in [0, 1) moves it by up to a tenth either way, so that polls
  /// of many servers do not fall together.
  [[nodiscard]] std::chrono::nanoseconds next(std::chrono::milliseconds interval,
                                              std::chrono::nanoseconds now, double chance) const;

 private:
  std::chrono::nanoseconds hurry_until_{0};
  std::uint32_t unanswered_ = 0;
};

/// When a server may be looked at next. A look that found nothing new doubles the distance, up to
/// ten seconds; one that did brings it back to a quarter of a second. So a log that is flooded with
/// failures (a rewrite that is refused ten times a second) costs a few looks a minute. Pure.
class LookPace {
 public:
  enum class Found { news, nothing };
  void on_look(std::chrono::nanoseconds now, Found found);
  /// Boot time from which on the next look may begin.
  [[nodiscard]] std::chrono::nanoseconds ready_at() const { return ready_at_; }

 private:
  std::chrono::nanoseconds ready_at_{0};
  std::chrono::nanoseconds distance_{0};
};

}  // namespace forkmend::daemon
