// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "daemon/bell.hpp"
#include "daemon/event.hpp"
#include "redis/log_source.hpp"
#include "redis/log_text.hpp"

namespace forkmend::daemon {

/// Whose lines journald keeps.
struct JournalReader {
  redis::LogSource source;
  redis::ServerPid pid;
  bool operator==(const JournalReader& other) const { return source == other.source; }
};
using JournalReaders = std::map<std::string, JournalReader, std::less<>>;  ///< by endpoint

/// The command line that follows all of them: no pager, JSON, new lines only, one group of matches
/// for each, joined by "+" (or). Pure.
[[nodiscard]] std::vector<std::string> journal_follow_argv(const JournalReaders& readers,
                                                           const std::string& program);

/// Whether a record (one JSON object) fits matches as journalctl means them: any value of each
/// field. Pure.
[[nodiscard]] bool fits_matches(std::string_view record, const std::vector<std::string>& matches);

/// Follows the journal of systemd for all servers that log there, by one `journalctl --follow`;
/// none runs while there is no such server. One that ends is started again, after longer and
/// longer.
class JournalFollower {
 public:
  JournalFollower(const boost::asio::any_io_executor& executor, std::function<void(Event)> on_event,
                  std::string program = "journalctl");

  void add(const std::string& endpoint, JournalReader reader);
  void remove(const std::string& endpoint);

  /// Until it is cancelled.
  [[nodiscard]] boost::asio::awaitable<void> run();
  /// Why nothing is followed at this moment; empty: all is well.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  [[nodiscard]] boost::asio::awaitable<void> follow();
  [[nodiscard]] boost::asio::awaitable<bool> read_some(boost::asio::posix::stream_descriptor* out);
  void take_lines();
  void take(std::string_view record);

  boost::asio::any_io_executor executor_;
  std::function<void(Event)> on_event_;
  std::string program_;
  JournalReaders readers_;
  bool changed_ = false;
  std::string text_;  ///< read and not yet taken
  std::string trouble_;
  Bell bell_;
  std::function<void()> interrupt_;  ///< of the reading, while one is under way
};

}  // namespace forkmend::daemon
