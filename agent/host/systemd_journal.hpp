// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace forkmend::host {

/// Which records of systemd's journal are wanted: the newest ones that fit every match.
struct JournalQuery {
  std::vector<std::string> matches;  ///< "_SYSTEMD_UNIT=redis.service"
  int records = 2000;                ///< the newest count
  int days = 7;                      ///< how far back
  std::string program = "journalctl";
  std::chrono::milliseconds deadline = std::chrono::seconds(10);
};

/// The command line: no pager, JSON, newest first, so that what a bound cuts off is old.
[[nodiscard]] std::vector<std::string> journal_argv(const JournalQuery& query);

struct JournalAnswer {
  std::string records;    ///< one JSON object a line, newest first; other lines are remarks
  std::string complaint;  ///< what journalctl said beside: that it may not see all, for example
};

/// Asks journalctl; for the deadline and how it is run see run_command(). Errors: not_found (no
/// journalctl), io (it failed, with its words), timeout.
[[nodiscard]] boost::asio::awaitable<Result<JournalAnswer>> read_systemd_journal(
    JournalQuery query);

}  // namespace forkmend::host
