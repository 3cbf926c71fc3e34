// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "notify/message.hpp"

namespace forkmend::notify {

/// Messages that wait for one notifier, in order, one file each (0600, by rename) in a directory of
/// their own, so that a restart loses none. A message that cannot be written (a full disk is a
/// reason to tell somebody) waits in memory. Not synced: a power cut may lose the last ones.
class MessageQueue {
 public:
  MessageQueue(std::string directory, std::size_t most);

  /// Takes up what an earlier run left. Errors: the directory cannot be used; the queue then works
  /// from memory.
  [[nodiscard]] Result<void> load();

  /// At the end; the oldest is dropped when there are too many. Errors: it is in memory only.
  [[nodiscard]] Result<void> push(const IncidentMessage& message);

  struct Waiting {
    std::uint64_t number = 0;
    IncidentMessage message;
  };
  /// The oldest; damaged files are dropped on the way. nullopt: none waits.
  [[nodiscard]] std::optional<Waiting> front();
  /// Takes that one away, if it is still there.
  void pop(std::uint64_t number);

  /// What is remembered beside the queue, as a file of that name in its directory. Errors: as push.
  [[nodiscard]] Result<void> remember(const std::string& name, std::string_view text) const;
  /// Empty when there is none or it cannot be read.
  [[nodiscard]] std::string remembered(const std::string& name) const;

  [[nodiscard]] std::size_t size() const { return waiting_.size(); }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  [[nodiscard]] std::uint64_t damaged() const { return damaged_; }

 private:
  struct Entry {
    std::uint64_t number = 0;
    std::optional<IncidentMessage> in_memory;
  };
  [[nodiscard]] Result<std::string> read(const std::string& name) const;
  void remove_front();

  std::string path_;
  std::size_t most_;
  Descriptor directory_;
  std::deque<Entry> waiting_;
  std::uint64_t next_ = 1;
  std::uint64_t dropped_ = 0;
  std::uint64_t damaged_ = 0;
};

/// Removes the queues below `directory` (STATE/notify) whose names are not among these, and in
/// which nothing has changed for kQueueKept: of notifiers that are no longer configured. Returns
/// how many messages went.
[[nodiscard]] std::size_t remove_other_queues(const std::string& directory,
                                              const std::vector<std::string>& names, WallTime now);

inline constexpr std::chrono::hours kQueueKept{7 * 24};

}  // namespace forkmend::notify
