// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/save_trigger.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <string>

#include "engine/save_children.hpp"

namespace forkmend::engine {
namespace {

/// A process whose boot clock is ten days ahead, as after so long a sleep of the host; the exit
/// code of `work` there. -1: this kernel, or who we are, has no time namespaces.
int after_a_long_sleep(const std::function<int()>& work) {
  const pid_t outer = fork();
  if (outer == 0) {
    if (unshare(CLONE_NEWTIME) != 0) _exit(125);
    std::ofstream("/proc/self/timens_offsets") << "boottime 864000 0" << std::endl;
    const pid_t inner = fork();
    if (inner == 0) _exit(work());
    int status = 0;
    waitpid(inner, &status, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 126);
  }
  int status = 0;
  waitpid(outer, &status, 0);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 126;
  return code == 125 ? -1 : code;
}

TEST(Wait, IsNotOverBecauseTheHostHasSlept) {
  const auto began = monotonic_since_boot();
  const int code = after_a_long_sleep([began] {
    const bool slept = read_clock().boot - monotonic_since_boot() > std::chrono::hours(200);
    const Wait wait{.until = began + std::chrono::hours(1), .stop_requested = {}};
    const Wait over{.until = began, .stop_requested = {}};
    return (slept ? 0 : 1) + (wait.is_over() ? 2 : 0) + (over.is_over() ? 0 : 4);
  });
  if (code == -1) GTEST_SKIP() << "no time namespaces here";
  EXPECT_EQ(code, 0);
}

TriggerAnswer error(std::string code, std::string text) {
  return classify_trigger(redis::Reply{redis::ServerError{std::move(code), std::move(text)}});
}

TriggerAnswer status(std::string text) {
  return classify_trigger(redis::Reply{redis::Status{std::move(text)}});
}

TEST(SaveTrigger, KnowsThatASaveStarted) {
  EXPECT_EQ(status("Background saving started"), TriggerAnswer::started);
  EXPECT_EQ(status("Background append only file rewriting started"), TriggerAnswer::started);
  EXPECT_EQ(status("Background append only file rewriting scheduled"), TriggerAnswer::scheduled);
}

TEST(SaveTrigger, WaitsForAnotherChildOfTheServer) {
  EXPECT_EQ(error("ERR", "Background save already in progress"), TriggerAnswer::other_child);
  EXPECT_EQ(error("ERR", "Background append only file rewriting already in progress"),
            TriggerAnswer::other_child);
  EXPECT_EQ(error("ERR",
                  "Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE "
                  "SCHEDULE in order to schedule a BGSAVE whenever possible."),
            TriggerAnswer::other_child);
  EXPECT_EQ(error("ERR",
                  "An AOF log rewriting in progress: can't BGSAVE right now. Use BGSAVE SCHEDULE "
                  "in order to schedule a BGSAVE whenever possible."),
            TriggerAnswer::other_child);
}

TEST(SaveTrigger, AsksAgainWhileTheServerIsNotReady) {
  EXPECT_EQ(error("LOADING", "Redis is loading the dataset in memory"), TriggerAnswer::not_now);
  EXPECT_EQ(error("BUSY",
                  "Redis is busy running a script. You can only call SCRIPT KILL or "
                  "SHUTDOWN NOSAVE."),
            TriggerAnswer::not_now);
  EXPECT_EQ(
      error("MASTERDOWN", "Link with MASTER is down and replica-serve-stale-data is set to 'no'."),
      TriggerAnswer::not_now);
}

TEST(SaveTrigger, TakesABareErrorForARefusedFork) {
  EXPECT_EQ(error("ERR", ""), TriggerAnswer::fork_refused);
  EXPECT_EQ(error("ERR",
                  "Can't execute an AOF background rewriting. Please check the server logs for "
                  "more information."),
            TriggerAnswer::fork_refused);
}

TEST(SaveTrigger, SeesThatItIsNotAllowed) {
  EXPECT_EQ(error("NOPERM", "this user has no permissions to run the 'bgsave' command"),
            TriggerAnswer::not_allowed);
  EXPECT_EQ(error("ERR", "unknown command 'BGSAVE', with args beginning with: "),
            TriggerAnswer::not_allowed);
  EXPECT_EQ(error("ERR", "something new"), TriggerAnswer::other);
}

host::ProcessRow row(std::int64_t pid, std::int64_t parent, std::string title, std::string exe) {
  host::ProcessRow process;
  process.pid = pid;
  process.parent = parent;
  process.cmdline = {std::move(title)};
  process.exe = std::move(exe);
  return process;
}

TEST(SaveChildren, KnowsThemByTheTitlesOfEveryFlavour) {
  const auto children = save_children(
      {row(812, 1, "/usr/bin/redis-server 127.0.0.1:6379", "redis-server"),
       row(900, 812, "redis-rdb-bgsave 127.0.0.1:6379", "redis-server"),
       row(901, 813, "valkey-aof-rewrite *:6380", ""),
       row(902, 814, "redis-rdb-to-slaves *:6381", ""),
       row(903, 815, "valkey-rdb-to-replicas *:6382", ""),
       row(904, 816, "redis-module-fork *:6383", ""), row(905, 1, "grep -rdb-bgsave", "grep")});
  ASSERT_EQ(children.size(), 5U);
  EXPECT_EQ(to_string(children.front()), "redis-rdb-bgsave (pid 900)");
}

TEST(SaveChildren, KnowsAChildWithoutTitleByItsParent) {
  const auto children =
      save_children({row(812, 1, "/usr/bin/redis-server *:6379", "redis-check-rdb"),
                     row(900, 812, "/usr/bin/redis-server *:6379", "redis-check-rdb"),
                     row(901, 812, "python3", "python3.11")});
  ASSERT_EQ(children.size(), 1U);
  EXPECT_EQ(children.front().pid, 900);
}

TEST(SaveChildren, LeavesServersAlone) {
  EXPECT_TRUE(save_children({row(1, 0, "/sbin/init", "systemd"),
                             row(812, 1, "/usr/bin/redis-server *:6379", "redis-server"),
                             row(813, 1, "/usr/bin/redis-server *:6380", "redis-server")})
                  .empty());
}

}  // namespace
}  // namespace forkmend::engine
