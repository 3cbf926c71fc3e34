// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/server_log.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "agent/redis/log_expectations.hpp"
#include "base/units.hpp"
#include "process_tree.hpp"

namespace forkmend::redis {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using forkmend::testing::HostTree;
using std::chrono::minutes;

using forkmend::testing::at;

std::int64_t seconds_at(std::string_view text) {
  return std::chrono::duration_cast<std::chrono::seconds>(at(text).time_since_epoch()).count();
}

LogClock server_log_clock() {
  return {.newest = at("2025-11-25T03:04:05.000Z"), .to_utc = fixed_offset(minutes(0))};
}

std::string found(const HostTree& tree, std::string_view logfile) {
  const auto path = find_server_log(tree.root(), 812, logfile);
  return path ? *path : "error: " + std::string(to_string(path.error().code));
}

TEST(ServerLog, IsFoundByItsAbsolutePath) {
  auto tree = host_with("");
  add_process(tree, {});
  tree.write("/var/log/redis/redis.log", "");
  EXPECT_EQ(found(tree, "/var/log/redis/redis.log"), "/var/log/redis/redis.log");
  EXPECT_EQ(found(tree, "/var/log/redis/other.log"), "error: not-found");
}

TEST(ServerLog, IsFoundInTheWorkingDirectory) {
  auto tree = host_with("");
  add_process(tree, {});
  tree.write("/var/lib/redis/redis.log", "");
  tree.write("/var/lib/logs/redis.log", "");
  EXPECT_EQ(found(tree, "redis.log"), "/var/lib/redis/redis.log");
  EXPECT_EQ(found(tree, "../logs/./redis.log"), "/var/lib/logs/redis.log");
}

TEST(ServerLog, IsNotFoundBelowADeletedWorkingDirectory) {
  auto tree = host_with("");
  add_process(tree, {.cwd = "/var/lib/redis (deleted)"});
  EXPECT_EQ(found(tree, "redis.log"), "error: not-found");
}

TEST(ServerLog, IsFoundInsideAContainer) {
  auto tree = host_with("");
  add_process(tree, {.namespace_pids = "812\t1", .mnt = "mnt:[4026532501]", .cwd = "/data"});
  tree.write("/proc/812/root/data/redis.log", "");
  tree.write("/proc/812/root/logs", "-> /data");
  tree.write("/proc/812/root/data/escape.log", "-> /../../etc/shadow");
  tree.write("/etc/shadow", "root:*:1::::::\n");
  EXPECT_EQ(found(tree, "redis.log"), "/proc/812/root/data/redis.log");
  EXPECT_EQ(found(tree, "/logs/redis.log"), "/proc/812/root/data/redis.log");
  EXPECT_EQ(found(tree, "/data/escape.log"), "error: not-found");
}

TEST(ServerLog, IsFoundBelowAChangedRootDirectory) {
  auto tree = host_with("");
  add_process(tree, {.cwd = "/srv/jail/data"});
  tree.write("/proc/812/root", "-> /srv/jail");
  tree.write("/srv/jail/log/redis.log", "");
  tree.write("/srv/jail/data/redis.log", "");
  EXPECT_EQ(found(tree, "/log/redis.log"), "/srv/jail/log/redis.log");
  EXPECT_EQ(found(tree, "redis.log"), "/srv/jail/data/redis.log");
}

TEST(ServerLog, IsGuessedForAHostsProcessWhoseLinksAreHidden) {
  const auto with_pids = [](const std::string& pids) {
    HostTree tree(
        {{"/proc/812/status", "Name:\tredis-server\nPid:\t812\nPPid:\t1\nNSpid:\t" + pids},
         {"/proc/self/ns/mnt", "-> mnt:[4026531841]"},
         {"/var/log/redis.log", ""}});
    return found(tree, "/var/log/redis.log");
  };
  EXPECT_EQ(with_pids("812\n"), "/var/log/redis.log");
  EXPECT_NE(with_pids("812\t1\n"), "/var/log/redis.log");
}

TEST(ServerLog, MayBeStandardOutput) {
  auto tree = host_with("");
  add_process(tree, {});
  tree.write("/proc/812/fd/1", "-> /var/log/out.log");
  tree.write("/var/log/out.log", "");
  EXPECT_EQ(found(tree, ""), "/var/log/out.log");
  EXPECT_EQ(found(tree, "/dev/stdout"), "/var/log/out.log");
  tree.write("/proc/812/fd/1", "-> pipe:[5511]");
  EXPECT_EQ(found(tree, ""), "error: unsupported");
  tree.write("/proc/812/fd/1", "-> socket:[5511]");
  EXPECT_EQ(found(tree, ""), "error: unsupported");
  tree.write("/proc/812/fd/1", "-> /dev/pts/3");
  EXPECT_EQ(found(tree, ""), "error: unsupported");
  tree.write("/proc/812/fd/1", "-> /dev/null");
  EXPECT_EQ(found(tree, ""), "error: not-found");
}

TEST(ServerLog, RefusesWhatIsNoRegularFile) {
  auto tree = host_with("");
  add_process(tree, {});
  tree.write("/var/log/directory/x", "");
  ASSERT_EQ(mkfifo((tree.path() / "var/log/fifo").c_str(), 0600), 0);
  tree.write("/var/log/loop", "-> loop");
  EXPECT_EQ(found(tree, "/var/log/directory"), "error: invalid");
  EXPECT_EQ(found(tree, "/var/log/fifo"), "error: invalid");
  EXPECT_EQ(found(tree, "/var/log/loop"), "error: invalid");
  EXPECT_FALSE(read_log_events(tree.root(), "/var/log/fifo").has_value());
  EXPECT_FALSE(read_log_events(tree.root(), "/var/log/absent").has_value());
}

const std::string start_lines =
    "812:M 25 Nov 2025 03:00:00.000 # Server initialized\n"
    "812:M 25 Nov 2025 03:00:00.001 * Ready to accept connections\n";
const std::string refused_fork =
    "812:M 25 Nov 2025 03:01:00.000 # Can't save in background: fork: Cannot allocate memory\n";

std::vector<LogEventKind> kinds_in(const HostTree& tree, const LogReadOptions& options) {
  const auto events = read_log_events(tree.root(), "/log", options);
  std::vector<LogEventKind> kinds;
  if (!events) return kinds;
  for (const LogEvent& event : *events) kinds.push_back(event.kind);
  return kinds;
}

using Kinds = std::vector<LogEventKind>;

TEST(LogEvents, AreReadOldestFirstWithStartsBetween) {
  const auto tree =
      tree_of({{"/log", refused_fork + start_lines + refused_fork + "  _._  \n" + refused_fork}});
  EXPECT_EQ(kinds_in(tree, {.clock = server_log_clock()}),
            (Kinds{LogEventKind::save_fork_failed, LogEventKind::server_started,
                   LogEventKind::save_fork_failed, LogEventKind::save_fork_failed}));
  const auto events = read_log_events(tree.root(), "/log", {.clock = server_log_clock()});
  ASSERT_TRUE(events.has_value());
  EXPECT_EQ(events->front().source, "/log");
  EXPECT_EQ(events->front().at, at("2025-11-25T03:01:00.000Z"));
}

TEST(LogEvents, AreReadFromABoundedEnd) {
  const auto tree =
      tree_of({{"/log", refused_fork + std::string(1000, 'x') + "\n" + refused_fork}});
  const LogReadOptions small{.first_bytes = 200, .most_bytes = 400, .clock = server_log_clock()};
  EXPECT_EQ(kinds_in(tree, small), (Kinds{LogEventKind::save_fork_failed}));
}

TEST(LogEvents, AreLookedForFurtherBackWhenTheEndHasNone) {
  const auto tree = tree_of({{"/log", refused_fork + std::string(3000, 'x') + "\n" + start_lines}});
  EXPECT_EQ(kinds_in(tree, {.first_bytes = 200, .most_bytes = 400, .clock = server_log_clock()}),
            (Kinds{LogEventKind::server_started}));
  EXPECT_EQ(
      kinds_in(tree, {.first_bytes = 200, .most_bytes = 1U << 20U, .clock = server_log_clock()}),
      (Kinds{LogEventKind::save_fork_failed, LogEventKind::server_started}));
}

TEST(LogEvents, TakeNoHalfLineAtTheCut) {
  const std::string tail = "812:M 25 Nov 2025 03:01:00.000 # Background saving error\n";
  const auto tree = tree_of({{"/log", std::string(500, 'y') + tail + tail}});
  const LogReadOptions cut{
      .first_bytes = 2 * tail.size(), .most_bytes = 2 * tail.size(), .clock = server_log_clock()};
  EXPECT_EQ(kinds_in(tree, cut), (Kinds{LogEventKind::save_child_error}));
}

TEST(LogEvents, AreTheNewestWhenThereAreTooMany) {
  const auto events =
      parse_log_events(refused_fork + start_lines + refused_fork, "x", server_log_clock(), 2);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].kind, LogEventKind::server_started);
}

TEST(LogEvents, AreTakenFromBareMessagesOnlyWhenNoLineHasAFrame) {
  const std::string bare =
      "Background saving error: Cannot fork: fork() failed: Cannot allocate memory\n";
  EXPECT_EQ(parse_log_events(bare, "x", server_log_clock()).size(), 1U);
  EXPECT_EQ(parse_log_events(bare + start_lines, "x", server_log_clock()).size(), 1U);
  EXPECT_EQ(parse_log_events(bare + start_lines, "x", server_log_clock())[0].kind,
            LogEventKind::server_started);
}

TEST(LogEvents, DistrustTheNumbersOfALineStillBeingWritten) {
  const std::string line =
      "812:M 25 Nov 2025 03:01:00.000 # Background saving terminated by signal 1";
  const auto cut = parse_log_events(line, "x", server_log_clock());
  ASSERT_EQ(cut.size(), 1U);
  EXPECT_EQ(cut[0].kind, LogEventKind::save_child_signal);
  EXPECT_EQ(cut[0].signal, std::nullopt);
  EXPECT_EQ(parse_log_events(line + "1\n", "x", server_log_clock())[0].signal, 11);
}

TEST(LogClock, FindsTheServersZoneFromTheTimeOfTheLastLine) {
  const LocalTime local{.year = 2025, .month = 11, .day = 25, .hour = 3, .minute = 1};
  const auto zone = [&](std::string_view changed) {
    return clock_of_log(start_lines + refused_fork, seconds_at(changed)).to_utc(local);
  };
  EXPECT_EQ(zone("2025-11-24T16:01:00.000Z"), at("2025-11-24T16:01:00.000Z"));
  EXPECT_EQ(zone("2025-11-25T08:31:01.000Z"), at("2025-11-25T08:31:00.000Z"));
}

TEST(LogClock, KeepsTheHostsZoneWhenTheTimesDoNotFit) {
  const LocalTime local{.year = 2025, .month = 11, .day = 25, .hour = 3, .minute = 1};
  for (const std::string_view changed :
       {"2025-11-25T08:37:00.000Z", "2025-11-27T03:01:00.000Z", "2024-11-25T03:01:00.000Z"}) {
    EXPECT_EQ(clock_of_log(refused_fork, seconds_at(changed)).to_utc(local),
              host_local_time(local));
  }
  for (const std::string_view text : {"", "no frame\n", "812:M 1735812000123 # x\n"}) {
    EXPECT_EQ(clock_of_log(text, 1735812000).to_utc(local), host_local_time(local));
  }
  EXPECT_EQ(clock_of_log(refused_fork, INT64_MAX).to_utc(local), host_local_time(local));
}

}  // namespace
}  // namespace forkmend::redis
