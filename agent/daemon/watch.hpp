// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "redis/info.hpp"

namespace forkmend::daemon {

/// What one poll of INFO persistence means for what to do next.
enum class PollMeaning {
  quiet,          ///< nothing new
  look,           ///< something fails, or a save was tried in vain: look closely
  still_failing,  ///< as in the last reading, and nothing was tried since
  recovered,      ///< what failed works again
};

/// Remembers of one server what is needed to see a new failure in two small readings. Pure: the
/// same readings give the same answers. Rules: facts of INFO by version, see README.md.
class InstanceWatch {
 public:
  /// A reading of INFO: section persistence, and on a new connection server, too.
  [[nodiscard]] PollMeaning on_poll(const redis::Info& info);

  /// A failure as it was looked at; the same one is handled again only when `again_after` has
  /// passed.
  [[nodiscard]] bool is_new(const std::string& signature, Now now,
                            std::chrono::nanoseconds again_after);

 private:
  struct Reading {
    std::string run_id;    ///< as long as nobody says otherwise, that of the last reading
    unsigned failing = 0;  ///< one bit for each status that is not ok
    std::optional<std::int64_t> saves;
    std::optional<std::int64_t> rewrites;
    std::optional<std::int64_t> last_save;
    bool child_active = false;
  };
  [[nodiscard]] Reading read(const redis::Info& info) const;
  [[nodiscard]] bool tried_in_vain(const Reading& now) const;

  std::optional<Reading> last_;
  std::string signature_;
  std::optional<std::chrono::nanoseconds> handled_at_;
};

}  // namespace forkmend::daemon
