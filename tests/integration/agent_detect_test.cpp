// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What becomes of an incident that began when the server said so, before anybody knew why.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "base/text.hpp"
#include "integration/agent_in_process.hpp"

namespace forkmend::testing {
namespace {

using daemon::EventSource;
using daemon::IncidentNews;
using ::testing::ElementsAre;

/// Its AOF cannot be rewritten, time and again; rdb_last_save_time stands still over that.
class DetectedAgain : public ::testing::Test {
 protected:
  DetectedAgain() : server_(options()), limits_(nproc_limits(server_.pid())) {
    server_.call({"SET", "order:1", "paid"});
    // What fails is logged, what works is not: nobody hears of the end of the first failure.
    server_.call({"CONFIG", "SET", "loglevel", "warning"});
  }

  static ServerOptions options() {
    ServerOptions options = ordinary_server();
    options.arguments = {"--appendonly", "yes", "--save", ""};
    return options;
  }

  [[nodiscard]] bool tells_refused_rewrites() const {
    const std::string version = server_.info("redis_version");
    return parse_integer(split(version, '.').front()).value_or(0) >= 7;
  }

  void fail() const {
    refuse_forks_by_nproc(server_.pid());
    server_.call({"BGREWRITEAOF"});
  }

  bool mend(AgentInProcess& agent) const {
    set_nproc(server_.pid(), limits_);
    server_.call({"BGREWRITEAOF"});
    return agent.wait_until([&] { return server_.info("aof_last_bgrewrite_status") == "ok"; });
  }

  /// A line of the kernel about the server that has to do with no fork: it is looked at. False
  /// where the kernel log may not be written or read. A line of the server that is a few seconds
  /// old may be newer than INFO: until then it would be believed.
  bool have_it_looked_at(AgentInProcess& agent) const {
    const auto believed_until = std::chrono::steady_clock::now() + std::chrono::seconds(12);
    (void)agent.wait_until([&] { return std::chrono::steady_clock::now() > believed_until; });
    std::ofstream kernel_log("/dev/kmsg");
    kernel_log << "<6>redis-server[" << server_.pid()
               << "]: segfault at 0 ip 00000000004005f6 sp 00007ffd1e6b2f60 error 6 in "
                  "redis-server[400000+1000]\n"
               << std::flush;
    if (!kernel_log || !agent.source(EventSource::kernel_log).active) return false;
    return agent.wait_until([&] { return !agent.instance(server_.url()).failing; });
  }

  RedisServer server_;
  std::string limits_;
};

TEST_F(DetectedAgain, WhatWasHandledBeforeIsBlockedAndNotTakenForOver) {
  if (!tells_refused_rewrites()) GTEST_SKIP() << "before 7.0 the status stays ok";
  AgentInProcess agent({server_.url()});
  ASSERT_TRUE(agent.wait_until_watched(server_.url()));
  fail();
  const IncidentNews* first =
      agent.wait_for_incident([](const IncidentNews& one) { return !one.failures.empty(); });
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->state, "nothing-to-do");
  ASSERT_TRUE(mend(agent));
  if (!have_it_looked_at(agent)) GTEST_SKIP() << "the kernel log may not be written or read here";

  fail();
  const IncidentNews* again =
      agent.wait_for_incident([](const IncidentNews& one) { return one.state == "blocked"; });
  ASSERT_NE(again, nullptr) << agent.news().back().state;
  EXPECT_THAT(again->because, ElementsAre("the same failure was handled before"));
  EXPECT_TRUE(agent.instance(server_.url()).failing);
  const auto begun = std::ranges::find_if(agent.news(), [&](const IncidentNews& one) {
    return one.id == again->id && one.state == "diagnosing";
  });
  EXPECT_NE(begun, agent.news().end()) << "it had begun as an incident of its own";
}

}  // namespace
}  // namespace forkmend::testing
