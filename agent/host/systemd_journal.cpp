// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/systemd_journal.hpp"

#include <utility>

#include "base/text.hpp"
#include "host/commands.hpp"

namespace forkmend::host {

std::vector<std::string> journal_argv(const JournalQuery& query) {
  // Only options that journalctl has had since version 208.
  std::vector<std::string> argv = {query.program,
                                   "--no-pager",
                                   "--output=json",
                                   "--reverse",
                                   "--lines=" + std::to_string(query.records),
                                   "--since=-" + std::to_string(query.days) + "d"};
  argv.insert(argv.end(), query.matches.begin(), query.matches.end());
  return argv;
}

boost::asio::awaitable<Result<JournalAnswer>> read_systemd_journal(JournalQuery query) {
  // A record has one or two KiB; MESSAGE at most 4 KiB, or each byte of it as a number.
  constexpr std::size_t kOutput = std::size_t{8} << 20U;
  std::vector<std::string> argv = journal_argv(query);
  CommandOptions options;
  options.deadline = query.deadline;
  options.output_limit = kOutput;
  auto result = co_await run_command(std::move(argv), std::move(options));
  if (!result) co_return result.error().during("asking journald");
  if (!result->succeeded()) {
    co_return Error{Errc::io, "journalctl failed: " + printable(trim(result->err), 200)};
  }
  JournalAnswer answer;
  answer.records = std::move(result->out);
  answer.complaint = printable(trim(result->err), 200);
  co_return answer;
}

}  // namespace forkmend::host
