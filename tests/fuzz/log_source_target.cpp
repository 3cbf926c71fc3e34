// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "redis/log_line.hpp"
#include "redis/log_source.hpp"
#include "redis/log_text.hpp"
#include "redis/server_log.hpp"
#include "redis/source_line.hpp"
#include "require.hpp"
#include "targets.hpp"

namespace forkmend::fuzz {

namespace {

using redis::LogText;
using redis::SourceLine;

const redis::ServerPid server{.host = 4711, .own = 812};

redis::LogClock utc_clock() {
  constexpr std::int64_t kCaptured = 1795576200;  // 2026-11-25
  return {.newest = WallTime(std::chrono::seconds(kCaptured)),
          .to_utc = redis::fixed_offset(std::chrono::minutes(0))};
}

void check_text(const LogText& log, std::size_t most_lines) {
  require(log.text.empty() || log.text.ends_with('\n'), "a text has whole lines");
  const auto ends = static_cast<std::size_t>(std::ranges::count(log.text, '\n'));
  require(ends <= most_lines, "no line becomes two");
}

void check_lines(const std::vector<SourceLine>& lines, std::string_view input) {
  require(lines.size() <= lines_of(input).size(), "no record becomes two lines");
  for (const SourceLine& line : lines) {
    require(line.text.size() <= redis::kMaxSourceLine, "lines are bounded");
    require(line.text.find('\n') == std::string::npos, "a line is one line");
  }
  check_text(redis::text_of_stream(lines), lines.size());
  const LogText syslog = redis::text_of_syslog(lines, server);
  check_text(syslog, lines.size());
  for (const std::string_view line : lines_of(syslog.text)) {
    require(redis::has_frame(redis::parse_log_line(line, utc_clock())),
            "what syslog has becomes a line with a frame");
  }
}

}  // namespace

void run_log_source(std::string_view input) {
  check_lines(redis::parse_journal_records(input), input);
  check_lines(redis::parse_json_file(input), input);
  check_lines(redis::parse_cri_log(input), input);
  check_lines(redis::parse_container_log(input), input);
  check_lines(redis::parse_syslog_file(input, "redis", utc_clock()), input);
  for (const auto keeper : {redis::LogKeeper::journal, redis::LogKeeper::syslog_journal}) {
    const auto read = redis::journal_log(input, {.keeper = keeper, .name = "journal"}, server, 10);
    require(read.events.size() <= 10, "the number of events is bounded");
  }
  const auto id = redis::container_id(input);
  require(!id || id->size() == 64, "an id has its length");
}

}  // namespace forkmend::fuzz
