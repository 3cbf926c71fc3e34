// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Logs over a rotation, and logs that others keep: from files to events.
#include "redis/log_rotation.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "agent/redis/log_expectations.hpp"
#include "base/units.hpp"
#include "process_tree.hpp"
#include "redis/server_log.hpp"

namespace forkmend::redis {
namespace {

namespace fs = std::filesystem;
using namespace testing;  // NOLINT(google-build-using-namespace)
using forkmend::testing::HostTree;
using Kinds = std::vector<LogEventKind>;

const std::string refused_line =
    "812:M 25 Nov 2026 03:01:00.000 # Can't save in background: fork: Cannot allocate memory\n";
const std::string start_line = "812:M 25 Nov 2026 03:00:00.000 # Server initialized\n";
const std::string saved_line =
    "812:M 25 Nov 2026 03:02:00.000 * Background saving terminated with success\n";
const std::string ready_line = "812:M 25 Nov 2026 03:03:00.000 * Ready to accept connections\n";

using forkmend::testing::at;

void set_age(const HostTree& tree, const std::string& path, std::chrono::minutes age) {
  fs::last_write_time(tree.path() / path.substr(1), fs::file_time_type::clock::now() - age);
}

Result<ServerLog> read(const HostTree& tree, const LogSource& source,
                       const LogReadOptions& options = {}) {
  return read_server_log(tree.root(), source, {.host = 812, .own = 812}, options);
}

const LogSource plain_file{
    .keeper = LogKeeper::file, .name = "/log/redis.log", .path = "/log/redis.log"};

Kinds kinds(const ServerLog& log) {
  Kinds all;
  for (const LogEvent& event : log.events) all.push_back(event.kind);
  return all;
}

Kinds kinds(const Result<ServerLog>& log) {
  return log ? kinds(*log) : Kinds();
}

TEST(RotatedName, IsWhatRotationsWrite) {
  for (const char* name : {"redis.log.1", "redis.log.0", "redis.log-20261125",
                           "redis.log-20261125-1795576200", "redis-20261125.log", "redis.1.log"}) {
    EXPECT_TRUE(is_rotated_name(name, "redis.log")) << name;
  }
  EXPECT_TRUE(is_rotated_name("0.log.20261125-031000", "0.log"));
  for (const char* name :
       {"redis.log", "redis.log.1.gz", "redis.log-20261125.xz", "redis.log.bak", "redis.log.",
        "redis.log.-", "redis.logs", "redis-6380.log.1", "redis.log~", "other.log.1", ""}) {
    EXPECT_FALSE(is_rotated_name(name, "redis.log")) << name;
  }
  EXPECT_FALSE(is_rotated_name("anything.1", ""));
}

TEST(RotatedPredecessor, IsTheNewestRegularFile) {
  auto tree = tree_of({{"/log/redis.log", ""},
                       {"/log/redis.log.1", "x"},
                       {"/log/redis.log.2", "x"},
                       {"/log/redis.log.3.gz", "x"},
                       {"/log/redis.log-20261125", ""},
                       {"/log/redis.log.9", "-> /etc/shadow"},
                       {"/etc/shadow", "x"}});
  set_age(tree, "/log/redis.log.1", std::chrono::minutes(10));
  set_age(tree, "/log/redis.log.2", std::chrono::minutes(20));
  EXPECT_EQ(rotated_predecessor(tree.root(), "/log/redis.log"), "/log/redis.log.1");
  EXPECT_EQ(rotated_predecessor(tree.root(), "/log/other.log"), std::nullopt);
  EXPECT_EQ(rotated_predecessor(tree.root(), "/absent/redis.log"), std::nullopt);
}

TEST(RotatedLog, HasTheFailureBeforeTheRotation) {
  const auto tree =
      tree_of({{"/log/redis.log", ready_line}, {"/log/redis.log.1", start_line + refused_line}});
  const auto log = read(tree, plain_file);
  EXPECT_EQ(kinds(log), (Kinds{LogEventKind::server_started, LogEventKind::save_fork_failed}));
  EXPECT_EQ(log->log.text, start_line + refused_line + ready_line);
  EXPECT_EQ(log->events[1].source, "/log/redis.log");
}

TEST(RotatedLog, MayBeEmptyItself) {
  auto tree = tree_of({{"/log/redis.log", ""}, {"/log/redis.log-20261125", refused_line}});
  set_age(tree, "/log/redis.log-20261125", std::chrono::minutes(45));
  const auto log = read(tree, plain_file);
  EXPECT_EQ(kinds(log), (Kinds{LogEventKind::save_fork_failed}));
  const auto status = tree.root().status("/log/redis.log-20261125");
  EXPECT_EQ(log->log.changed_at, status->mtime);
}

TEST(RotatedLog, IsNotAskedForWhenTheFileIsLongEnough) {
  const auto tree =
      tree_of({{"/log/redis.log", refused_line + refused_line}, {"/log/redis.log.1", saved_line}});
  const LogReadOptions small{.first_bytes = refused_line.size() + 1};
  EXPECT_EQ(kinds(read(tree, plain_file, small)), (Kinds{LogEventKind::save_fork_failed}));
}

TEST(RotatedLog, IsSearchedForTheFailureThatInfoTellsOf) {
  const std::string noise(2000, 'x');
  const auto tree =
      tree_of({{"/log/redis.log", noise + "\n" + saved_line}, {"/log/redis.log.1", refused_line}});
  EXPECT_EQ(kinds(read(tree, plain_file, {.first_bytes = 500})), (Kinds{LogEventKind::save_ok}));
  EXPECT_EQ(kinds(read(tree, plain_file, {.first_bytes = 500, .wish = LogWish::failure})),
            (Kinds{LogEventKind::save_fork_failed, LogEventKind::save_ok}));
}

TEST(TruncatedLog, BeginsBehindTheHole) {
  // Truncated under a server whose standard output does not append.
  const auto tree = tree_of({{"/log/redis.log", std::string(5000, '\0') + ready_line},
                             {"/log/redis.log.1", refused_line}});
  const auto log = read(tree, plain_file, {.first_bytes = 600});
  EXPECT_EQ(log->log.text, refused_line + ready_line);
}

TEST(ContainerFile, IsReadOverItsRotation) {
  const auto record = [](const std::string& line, const std::string& time) {
    return R"({"log":")" + line.substr(0, line.size() - 1) + R"(\n","stream":"stdout","time":")" +
           time + "\"}\n";
  };
  // The container's clock shows UTC+3.
  const auto tree = tree_of({{"/c/a-json.log", record(ready_line, "2026-11-25T00:03:00.0005Z")},
                             {"/c/a-json.log.1", record(refused_line, "2026-11-25T00:01:00Z")}});
  const auto log =
      read(tree,
           {.keeper = LogKeeper::container_file, .name = "/c/a-json.log", .path = "/c/a-json.log"});
  ASSERT_EQ(kinds(log), (Kinds{LogEventKind::save_fork_failed}));
  EXPECT_EQ(log->log.text, refused_line + ready_line);
  EXPECT_EQ(log->events[0].at, at("2026-11-25T00:01:00Z"));
  EXPECT_EQ(log->events[0].pid, 812);
}

std::string logged(int pid, const std::string& message) {
  return "2026-11-25T03:01:00.250Z db1 redis[" + std::to_string(pid) + "]: " + message + "\n";
}

TEST(SyslogOfAServer, HasItsLinesAndItsChildrens) {
  const auto tree = tree_of(
      {{"/var/log/syslog",
        logged(900,
               "Failed opening the temp RDB file temp-900.rdb (in server root dir /d) for "
               "saving: Permission denied") +
            logged(812, "Background saving started by pid 900") +
            logged(812, "Background saving error") + logged(813, "Background saving error")}});
  const auto log = read(tree, {.keeper = LogKeeper::syslog_file,
                               .name = "/var/log/syslog",
                               .path = "/var/log/syslog",
                               .ident = "redis"});
  ASSERT_EQ(kinds(log), (Kinds{LogEventKind::save_write_error, LogEventKind::save_started,
                               LogEventKind::save_child_error}));
  EXPECT_EQ(log->events[0].role, 'C');
  EXPECT_EQ(log->events[0].pid, 900);
  EXPECT_EQ(log->events[0].at, at("2026-11-25T03:01:00.250Z"));
  EXPECT_EQ(log->events[2].role, 'M');
  EXPECT_TRUE(
      log->log.text.ends_with("812:M 2026-11-25T03:01:00.250+00:00 * Background saving error\n"))
      << log->log.text;
}

TEST(SyslogOfAServer, HasTheServersOwnNumberInAContainerToo) {
  const auto tree = tree_of({{"/var/log/syslog", logged(812, "Background saving error") +
                                                     logged(1, "Background saving error")}});
  const LogSource source{.keeper = LogKeeper::syslog_file,
                         .name = "/var/log/syslog",
                         .path = "/var/log/syslog",
                         .ident = "redis"};
  const auto log = read_server_log(tree.root(), source, {.host = 812, .own = 1});
  ASSERT_TRUE(log);
  ASSERT_EQ(log->events.size(), 1U);
  EXPECT_EQ(log->events[0].pid, 1);
}

TEST(SyslogOfAServer, IsMissingWhereOnlyOthersLog) {
  const auto tree = tree_of({{"/var/log/syslog", logged(813, "Background saving error")}});
  const auto log = read(tree, {.keeper = LogKeeper::syslog_file,
                               .name = "/var/log/syslog",
                               .path = "/var/log/syslog",
                               .ident = "redis"});
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, Errc::not_found);
}

TEST(JournalOfAServer, IsPutInOrder) {
  const std::string records =
      R"({"MESSAGE":"812:M 25 Nov 2026 04:02:00.000 # Background saving error",)"
      R"("__REALTIME_TIMESTAMP":"1795575720000400","_PID":"812"})"
      "\n"
      R"({"MESSAGE":"812:M 25 Nov 2026 04:00:00.000 # Server initialized",)"
      R"("__REALTIME_TIMESTAMP":"1795575600000300","_PID":"812"})"
      "\n";
  const auto log = journal_log(records, {.keeper = LogKeeper::journal, .name = "journald unit r"},
                               {.host = 812, .own = 812});
  ASSERT_EQ(kinds(log), (Kinds{LogEventKind::server_started, LogEventKind::save_child_error}));
  EXPECT_EQ(log.events[1].at, at("2026-11-25T03:02:00Z"));
  EXPECT_EQ(log.events[1].source, "journald unit r");
}

TEST(JournalOfAServer, HasBareMessagesWithTheServersOwnNumber) {
  const std::string records =
      R"({"MESSAGE":"Background saving error","__REALTIME_TIMESTAMP":"1795575720123000",)"
      R"("_PID":"4711","SYSLOG_PID":"1","PRIORITY":"4"})"
      "\n"
      R"({"MESSAGE":"Background saving error","__REALTIME_TIMESTAMP":"1795575720123000",)"
      R"("_PID":"4712","SYSLOG_PID":"4711","PRIORITY":"4"})"
      "\n"
      R"({"MESSAGE":"Background saving error","__REALTIME_TIMESTAMP":"1795575720123000",)"
      R"("_PID":"1","SYSLOG_PID":"1","PRIORITY":"4"})";
  const auto log =
      journal_log(records, {.keeper = LogKeeper::syslog_journal, .name = "journald identifier r"},
                  {.host = 4711, .own = 1});
  EXPECT_EQ(log.log.text, "1:M 2026-11-25T03:02:00.123+00:00 # Background saving error\n");
  ASSERT_EQ(kinds(log), (Kinds{LogEventKind::save_child_error}));
  EXPECT_EQ(log.events[0].pid, 1);
  EXPECT_EQ(log.events[0].at, at("2026-11-25T03:02:00.123Z"));
}

}  // namespace
}  // namespace forkmend::redis
