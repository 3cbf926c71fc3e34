// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/log_reading.hpp"

#include <gtest/gtest.h>

#include "daemon/journal_follower.hpp"

namespace forkmend::daemon {
namespace {

using redis::LogKeeper;
using redis::LogSource;
using std::chrono::milliseconds;

constexpr std::string_view kRefused =
    "812:M 25 Nov 2025 10:00:00.123 # Can't save in background: fork: Cannot allocate memory\n";
constexpr std::string_view kSaved =
    "812:M 25 Nov 2025 10:00:00.100 * Background saving terminated with success\n";

/// Ten o'clock and 125 ms of that day, UTC.
Now now() {
  return {WallTime(milliseconds(1764064800125)), std::chrono::seconds(77)};
}

LogSource file() {
  return {.keeper = LogKeeper::file, .name = "redis.log", .path = "/var/log/redis.log"};
}

TEST(ReadLines, TakesTheStrongestMeaningAndItsDelay) {
  const auto event =
      read_lines(file(), {812, 812}, std::string(kSaved) + std::string(kRefused), now());
  ASSERT_TRUE(event);
  EXPECT_EQ(event->meaning, EventMeaning::look);
  EXPECT_EQ(event->source, EventSource::server_log);
  EXPECT_EQ(event->seen, std::chrono::seconds(77));
  EXPECT_EQ(event->delay, milliseconds(2));
}

TEST(ReadLines, TheDelayDoesNotDependOnTheServersZone) {
  std::string elsewhere(kRefused);
  elsewhere.replace(elsewhere.find("10:00"), 5, "15:30");
  const auto event = read_lines(file(), {812, 812}, elsewhere, now());
  ASSERT_TRUE(event);
  EXPECT_EQ(event->delay, milliseconds(2));
}

TEST(ReadLines, LinesAboutNothingAreNoEvent) {
  EXPECT_FALSE(read_lines(file(), {812, 812},
                          "812:M 25 Nov 2025 10:00:00.123 * 10 changes in 60 seconds. Saving...\n",
                          now()));
  EXPECT_FALSE(read_lines(file(), {812, 812}, "", now()));
}

TEST(ReadLines, ReadsWhatAContainerManagerKeeps) {
  const LogSource docker{.keeper = LogKeeper::container_file, .name = "json", .path = "/x"};
  const auto event = read_lines(
      docker, {812, 1},
      "{\"log\":\"1:M 25 Nov 2025 10:00:00.123 # Can't save in background: fork: Cannot allocate "
      "memory\\n\",\"stream\":\"stdout\",\"time\":\"2025-11-25T10:00:00.124Z\"}\n",
      now());
  ASSERT_TRUE(event);
  EXPECT_EQ(event->meaning, EventMeaning::look);
}

TEST(JournalFollow, AsksForAllServersAtOnce) {
  JournalReaders readers;
  readers["a"] = {.source = {.keeper = LogKeeper::journal,
                             .name = "journald unit a.service",
                             .matches = {"_SYSTEMD_UNIT=a.service", "_TRANSPORT=stdout"}},
                  .pid = {}};
  readers["b"] = {.source = {.keeper = LogKeeper::journal,
                             .name = "journald unit b.service",
                             .matches = {"_SYSTEMD_UNIT=b.service", "_TRANSPORT=stdout"}},
                  .pid = {}};
  EXPECT_EQ(journal_follow_argv(readers, "journalctl"),
            (std::vector<std::string>{"journalctl", "--no-pager", "--output=json", "--lines=0",
                                      "--follow", "_SYSTEMD_UNIT=a.service", "_TRANSPORT=stdout",
                                      "+", "_SYSTEMD_UNIT=b.service", "_TRANSPORT=stdout"}));
}

TEST(JournalFollow, ARecordBelongsToWhoseMatchesFit) {
  const std::string record = R"({"MESSAGE":"x","_SYSTEMD_UNIT":"a.service","_TRANSPORT":"stdout"})";
  EXPECT_TRUE(fits_matches(record, {"_SYSTEMD_UNIT=a.service", "_TRANSPORT=stdout"}));
  EXPECT_TRUE(fits_matches(record, {"_SYSTEMD_UNIT=z.service", "_SYSTEMD_UNIT=a.service"}));
  EXPECT_FALSE(fits_matches(record, {"_SYSTEMD_UNIT=a.service", "_TRANSPORT=syslog"}));
  EXPECT_FALSE(fits_matches(record, {"_SYSTEMD_UNIT"}));
  EXPECT_FALSE(fits_matches("no record", {"_SYSTEMD_UNIT=a.service"}));
}

}  // namespace
}  // namespace forkmend::daemon
