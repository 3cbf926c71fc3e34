// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Children of a real server that end, or hang, for other reasons than a refused fork.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "base/text.hpp"
#include "support/lab/forkmend_program.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

ServerOptions ordinary_server() {
  ServerOptions options;
  options.run_as = ordinary_user();
  options.arguments = {"--save", "3600 1"};
  return options;
}

/// The causes that are more than possible, as "id:confidence", in the order they are told.
std::string told_causes(const boost::json::object& document) {
  std::string told;
  for (const auto& cause : only_instance(document).at("causes").as_array()) {
    const std::string confidence(cause.at("confidence").as_string());
    if (confidence == "possible") continue;
    if (!told.empty()) told += ' ';
    told += std::string(cause.at("id").as_string()) + ":" + confidence;
  }
  return told;
}

std::string diagnose(const RedisServer& server, int expected_exit) {
  int exit_code = -1;
  const auto document = Forkmend().json({"diagnose", "-i", server.url()}, &exit_code);
  EXPECT_EQ(exit_code, expected_exit) << document;
  return told_causes(document);
}

/// Whether the kernel's own witness can be heard here: its log, or a counter that is still 0.
bool kernel_is_heard() {
  const std::string vmstat = read_file("/proc/vmstat");
  for (const auto line : lines_of(vmstat)) {
    if (line == "oom_kill 0") return true;
  }
  return geteuid() == 0;
}

TEST(DyingChildren, AKillFromUserspaceIsToldFromTheKernels) {
  const RedisServer server(ordinary_server());
  const pid_t child = server.start_slow_save();
  ASSERT_EQ(kill(child, SIGKILL), 0);
  server.wait_for_log("terminated by signal 9");
  if (kernel_is_heard()) {
    EXPECT_TRUE(diagnose(server, 1).starts_with("userspace-kill:"));
  } else {
    EXPECT_EQ(diagnose(server, 2), "");
  }
}

TEST(DyingChildren, AChildCalledOffIsAFalseAlarm) {
  const RedisServer server(ordinary_server());
  const pid_t child = server.start_slow_save();
  ASSERT_EQ(kill(child, SIGUSR1), 0);
  server.wait_for_log("terminated by signal 10");
  EXPECT_EQ(diagnose(server, 0), "false-alarm:likely");
}

TEST(DyingChildren, FlushallCallsTheChildOff) {
  const RedisServer server(ordinary_server());
  server.call({"CONFIG", "SET", "save", ""});  // else FLUSHALL saves at once
  (void)server.start_slow_save();
  server.call({"FLUSHALL"});
  server.wait_for_log("terminated by signal 10");
  EXPECT_EQ(diagnose(server, 0), "false-alarm:likely");
}

TEST(DyingChildren, ACrashIsNoKill) {
  ServerOptions options = ordinary_server();
  // The report of a child whose INFO is asked for while it sleeps can hang for ever.
  options.arguments.insert(options.arguments.end(), {"--crash-log-enabled", "no"});
  const RedisServer server(options);
  const pid_t child = server.start_slow_save();
  ASSERT_EQ(kill(child, SIGSEGV), 0);
  server.wait_for_log("terminated by signal 11");
  EXPECT_EQ(diagnose(server, 1), "child-crash:likely");
}

TEST(DyingChildren, AStoppedChildIsHung) {
  const RedisServer server(ordinary_server());
  const pid_t child = server.start_slow_save();
  ASSERT_EQ(kill(child, SIGSTOP), 0);
  EXPECT_EQ(diagnose(server, 1), "hung-child:proven");
  ASSERT_EQ(kill(child, SIGCONT), 0);
  EXPECT_EQ(diagnose(server, 0), "");
}

TEST(DyingChildren, ASeccompFilterEndsTheChild) {
  const char* launcher = std::getenv("FORKMEND_SECCOMP_LAUNCHER");
  ASSERT_NE(launcher, nullptr);
  ServerOptions options = ordinary_server();
  // The server itself renames nothing while it has no AOF.
  options.prefix = {launcher, std::to_string(SYS_rename)};
  const RedisServer server(options);
  server.call({"SET", "order:1", "paid"});
  server.call({"BGSAVE"});
  server.wait_for_log("terminated by signal 31");
  EXPECT_TRUE(diagnose(server, 1).starts_with("seccomp:"));
}

}  // namespace
}  // namespace forkmend::testing
