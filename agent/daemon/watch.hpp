// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "redis/persistence.hpp"

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
  /// Which life of the server (run_id) the readings are of from now on: in another one all begins
  /// anew.
  void on_life(const std::string& run_id);
  [[nodiscard]] PollMeaning on_poll(const redis::Persistence& now);

  /// A failure as it was looked at; the same one is handled again only when `again_after` has
  /// passed.
  [[nodiscard]] bool is_new(const std::string& signature, Now now,
                            std::chrono::nanoseconds again_after);
  /// What was handled is mended: whatever fails from now on is new, also within the same second.
  void on_healed();

 private:
  [[nodiscard]] bool tried_in_vain(const redis::Persistence& now) const;

  std::string run_id_;
  std::optional<redis::Persistence> last_;
  std::string signature_;
  std::optional<std::chrono::nanoseconds> handled_at_;
};

}  // namespace forkmend::daemon
