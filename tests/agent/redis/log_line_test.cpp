// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Frames: what stands around a message, and what must not be taken for one.
#include "redis/log_line.hpp"

#include <gtest/gtest.h>

#include <string>

#include "agent/redis/log_expectations.hpp"
#include "base/units.hpp"

namespace forkmend::redis {
namespace {

using std::chrono::minutes;

using forkmend::testing::at;

LogClock utc() {
  return {.newest = at("2025-11-25T03:04:05.000Z"), .to_utc = fixed_offset(minutes(0))};
}

constexpr std::string_view kRefused = "Can't save in background: fork: Cannot allocate memory";

TEST(LogLine, ReadsTheFrameOfFiveAndLater) {
  const LogEvent event = parse_log_line(
      "1234:M 02 Jan 2025 10:00:00.123 # Can't save in background: fork: Cannot allocate memory",
      utc());
  EXPECT_EQ(event.kind, LogEventKind::save_fork_failed);
  EXPECT_EQ(event.pid, 1234);
  EXPECT_EQ(event.role, 'M');
  EXPECT_EQ(event.level, '#');
  EXPECT_EQ(event.at, at("2025-01-02T10:00:00.123Z"));
  EXPECT_EQ(event.error_number, 12);
  EXPECT_EQ(event.message, kRefused);
  EXPECT_TRUE(has_frame(event));
}

TEST(LogLine, ReadsEveryRoleAndLevel) {
  for (const char role : {'X', 'C', 'S', 'M'}) {
    for (const char level : {'.', '-', '*', '#'}) {
      const std::string line = std::string("7:") + role + " 02 Jan 2025 10:00:00.123 " + level +
                               " Background saving error";
      const LogEvent event = parse_log_line(line, utc());
      EXPECT_EQ(event.kind, LogEventKind::save_child_error) << line;
      EXPECT_EQ(event.role, role);
      EXPECT_EQ(event.level, level);
    }
  }
}

TEST(LogLine, GivesFourZerosDateTheLatestYearThatFits) {
  const auto year_of = [](std::string_view date) {
    return parse_log_line("7:M " + std::string(date) + " # Background saving error", utc()).at;
  };
  EXPECT_EQ(year_of("25 Nov 03:04:04.000"), at("2025-11-25T03:04:04.000Z"));
  EXPECT_EQ(year_of("31 Dec 23:59:59.999"), at("2024-12-31T23:59:59.999Z"));
  EXPECT_EQ(year_of("29 Feb 10:00:00.000"), at("2024-02-29T10:00:00.000Z"));
  // A server east of us may already be in its tomorrow.
  EXPECT_EQ(year_of("25 Nov 15:00:00.000"), at("2025-11-25T15:00:00.000Z"));
}

TEST(LogLine, ReadsKeydbsFrameWithItsThread) {
  const LogEvent event = parse_log_line(
      "81185:81184:M 14 Dec 2023 08:15:48.144 # Background saving terminated by signal 9", utc());
  EXPECT_EQ(event.kind, LogEventKind::save_child_signal);
  EXPECT_EQ(event.pid, 81185);
  EXPECT_EQ(event.signal, 9);
  EXPECT_EQ(event.at, at("2023-12-14T08:15:48.144Z"));
}

TEST(LogLine, ReadsValkeysTimestamps) {
  LogEvent event =
      parse_log_line("7:M 2025-01-02T12:00:00.123+02:00 # Background saving error", utc());
  EXPECT_EQ(event.at, at("2025-01-02T10:00:00.123Z"));
  event = parse_log_line("7:M 2025-01-02T05:30:00.123-04:30 # Background saving error", utc());
  EXPECT_EQ(event.at, at("2025-01-02T10:00:00.123Z"));
  event = parse_log_line("7:M 1735812000123 # Background saving error", utc());
  EXPECT_EQ(event.at, at("2025-01-02T10:00:00.123Z"));
  EXPECT_EQ(event.kind, LogEventKind::save_child_error);
}

TEST(LogLine, ReadsValkeysLogfmt) {
  LogEvent event = parse_log_line(
      "pid=1 role=primary timestamp=\"02 Jan 2025 10:00:00.123\" level=warning "
      "message=\"Can't save in background: fork: Cannot allocate memory\"",
      utc());
  EXPECT_EQ(event.kind, LogEventKind::save_fork_failed);
  EXPECT_EQ(event.pid, 1);
  EXPECT_EQ(event.role, 'M');
  EXPECT_EQ(event.level, '#');
  EXPECT_EQ(event.at, at("2025-01-02T10:00:00.123Z"));
  event = parse_log_line(
      "pid=92 role=RDB/AOF timestamp=\"2025-01-02T10:00:00.123+00:00\" level=notice "
      "message=\"DB saved on disk\"",
      utc());
  EXPECT_EQ(event.role, 'C');
  EXPECT_EQ(event.level, '*');
  event = parse_log_line("pid=92 role=replica timestamp=\"1735812000123\" level=info message=\"\"",
                         utc());
  EXPECT_EQ(event.role, 'S');
  EXPECT_EQ(event.level, '-');
  EXPECT_TRUE(has_frame(event));
}

TEST(LogLine, ReadsTheSignalHandlersFrame) {
  const LogEvent event = parse_log_line(
      "92:signal-handler (1735812000) Received SIGUSR1 in child, exiting now.", utc());
  EXPECT_EQ(event.kind, LogEventKind::child_sigusr1);
  EXPECT_EQ(event.pid, 92);
  EXPECT_EQ(event.role, '?');
  EXPECT_EQ(event.at, at("2025-01-02T10:00:00.000Z"));
}

TEST(LogLine, ReadsSyslogWhereOnlyTheMessageIsLeft) {
  LogEvent event = parse_log_line(
      "Nov  5 03:04:05 db-1 redis[812]: Background saving terminated by signal 9", utc());
  EXPECT_EQ(event.kind, LogEventKind::save_child_signal);
  EXPECT_EQ(event.pid, 812);
  EXPECT_EQ(event.role, '?');
  EXPECT_EQ(event.at, at("2025-11-05T03:04:05.000Z"));
  event = parse_log_line(
      "2025-11-05T03:04:05.678901+02:00 db-1 redis[812]: Background saving error", utc());
  EXPECT_EQ(event.kind, LogEventKind::save_child_error);
  EXPECT_EQ(event.at, at("2025-11-05T01:04:05.678Z"));
  event =
      parse_log_line("2025-11-05T03:04:05+0000 db-1 valkey[812]: Background saving error", utc());
  EXPECT_EQ(event.at, at("2025-11-05T03:04:05.000Z"));
}

TEST(LogLine, ReadsAFrameInsideTheJournalsLine) {
  const LogEvent event = parse_log_line(
      "Nov 25 03:04:05 db-1 redis-server[812]: 92:C 25 Nov 2025 03:04:05.100 # Write error saving "
      "DB "
      "on disk(rdbSaveRio): No space left on device",
      utc());
  EXPECT_EQ(event.kind, LogEventKind::save_write_error);
  EXPECT_EQ(event.pid, 92);
  EXPECT_EQ(event.role, 'C');
  EXPECT_EQ(event.error_number, 28);
}

TEST(LogLine, AsksForTheServersZone) {
  const std::string line = "7:M 02 Jan 2025 10:00:00.000 # Background saving error";
  EXPECT_EQ(parse_log_line(line, {at("2025-11-25T00:00:00.000Z"), fixed_offset(minutes(120))}).at,
            at("2025-01-02T08:00:00.000Z"));
  EXPECT_EQ(parse_log_line(line, {at("2025-11-25T00:00:00.000Z"), fixed_offset(minutes(-570))}).at,
            at("2025-01-02T19:30:00.000Z"));
}

TEST(LogLine, TakesLineEndsAndTheHoleOfACutLog) {
  const std::string line = "7:M 02 Jan 2025 10:00:00.123 # Background saving error";
  EXPECT_EQ(parse_log_line(line + "\r\n", utc()).kind, LogEventKind::save_child_error);
  EXPECT_EQ(parse_log_line(std::string(4096, '\0') + line, utc()).kind,
            LogEventKind::save_child_error);
}

TEST(LogLine, TakesNoFrameWithAFault) {
  for (const std::string_view frame : {"",
                                       " 7:M 02 Jan 2025 10:00:00.123 # ",
                                       "x7:M 02 Jan 2025 10:00:00.123 # ",
                                       "-7:M 02 Jan 2025 10:00:00.123 # ",
                                       "7 :M 02 Jan 2025 10:00:00.123 # ",
                                       "7:A 02 Jan 2025 10:00:00.123 # ",
                                       "7:M  02 Jan 2025 10:00:00.123 # ",
                                       "7:M 2 Jan 2025 10:00:00.123 # ",
                                       "7:M 32 Jan 2025 10:00:00.123 # ",
                                       "7:M 30 Feb 2025 10:00:00.123 # ",
                                       "7:M 02 Foo 2025 10:00:00.123 # ",
                                       "7:M 02 Jan 25 10:00:00.123 # ",
                                       "7:M 02 Jan 9999 10:00:00.123 # ",
                                       "7:M 02 Jan 2025 25:00:00.123 # ",
                                       "7:M 02 Jan 2025 10:00:00 # ",
                                       "7:M 02 Jan 2025 10:00:00.123 ! ",
                                       "7:M 02 Jan 2025 10:00:00.123 #",
                                       "7:M 02 Jan 2025 10:00:00.123# ",
                                       "7:M 2025-01-02T10:00:00.123 # ",
                                       "7:M 2025-01-02 10:00:00.123+00:00 # ",
                                       "7:M 99999999999999 # ",
                                       "7:M  # ",
                                       "99999999999:M 02 Jan 2025 10:00:00.123 # ",
                                       "7:7:7:M 02 Jan 2025 10:00:00.123 # ",
                                       "7:signal-handler () ",
                                       "7:signal-handler (1735812000)",
                                       "7:signal-handler (99999999999) ",
                                       "Nov 25 03:04:05 redis[812]: x ",
                                       "Foo 25 03:04:05 db-1 redis[812]: ",
                                       "Nov 25 03:04:05 db-1 redis: ",
                                       "Nov 25 03:04:05 db-1 redis[]: "}) {
    const LogEvent event = parse_log_line(std::string(frame) + std::string(kRefused), utc());
    EXPECT_EQ(event.kind, LogEventKind::other) << frame;
    EXPECT_FALSE(event.error_number.has_value()) << frame;
  }
}

TEST(LogLine, TakesNoLogfmtWithAFault) {
  const std::string tail = "message=\"Background saving error\"";
  for (const std::string& line :
       {"pid= role=primary timestamp=\"1735812000123\" level=warning " + tail,
        "pid=1 role=boss timestamp=\"1735812000123\" level=warning " + tail,
        "pid=1 role=primary timestamp=\"x\" level=warning " + tail,
        "pid=1 role=primary timestamp=\"1735812000123\" level=loud " + tail,
        "pid=1 role=primary timestamp=\"1735812000123\" level=warning " + tail + " more=\"x\"",
        std::string("pid=1 role=primary timestamp=\"1735812000123\" level=warning message=\""),
        std::string("pid=1 role=primary timestamp=\"1735812000123\" level=warning message=")}) {
    EXPECT_FALSE(has_frame(parse_log_line(line, utc()))) << line;
  }
}

TEST(LogLine, TakesNoEchoedTextForAnEvent) {
  for (const std::string_view message :
       {"Client id=3 name=Can't save in background: fork: Cannot allocate memory closed",
        "CONFIG SET 'x' 'Background saving error' failed", " Background saving error",
        "\"Background saving terminated by signal 9\"", "Background saving error: nothing",
        "Background saving terminated by signal 9; x", "Background saving started by pid 7x",
        "DB saved on disk!"}) {
    const LogEvent event =
        parse_log_line("7:M 02 Jan 2025 10:00:00.123 # " + std::string(message), utc());
    EXPECT_EQ(event.kind, LogEventKind::other) << message;
    EXPECT_EQ(event.message, message);
  }
}

TEST(LogLine, TakesNulBytesInAMessageForAPartOfIt) {
  const std::string message = std::string(3, '\0') + "Background saving error";
  EXPECT_EQ(parse_log_line("7:M 02 Jan 2025 10:00:00.123 # " + message, utc()).kind,
            LogEventKind::other);
  EXPECT_EQ(parse_log_message(message).kind, LogEventKind::other);
}

TEST(LogLine, CutsALongMessage) {
  const LogEvent framed =
      parse_log_line("7:M 02 Jan 2025 10:00:00.123 # " + std::string(5000, 'x'), utc());
  EXPECT_EQ(framed.message.size(), 1024U);
  EXPECT_EQ(parse_log_line(std::string(5000, 'x'), utc()).message.size(), 1024U);
}

TEST(LogLine, MakesTheHostsZoneTheDefault) {
  const LocalTime local{.year = 2025, .month = 7, .day = 1, .hour = 12};
  const auto time = host_local_time(local);
  ASSERT_TRUE(time.has_value());
  const auto distance = *time - at("2025-07-01T12:00:00.000Z");
  EXPECT_LE(std::chrono::abs(distance), std::chrono::hours(14));
  EXPECT_EQ(LogClock().to_utc(local), time);
}

}  // namespace
}  // namespace forkmend::redis
