// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Who notices first, on real servers: the polls of these tests are an hour apart.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "base/clock.hpp"
#include "integration/agent_in_process.hpp"
#include "support/lab/program.hpp"

namespace forkmend::testing {
namespace {

using daemon::EventSource;
using daemon::IncidentNews;

bool is_failure(const IncidentNews& news) {
  return !news.failures.empty();
}

class AgentEvents : public ::testing::Test {
 protected:
  AgentEvents() : server_(ordinary_server()) {
    server_.call({"SET", "order:1", "paid"});
    refuse_forks_by_nproc(server_.pid());
  }
  [[nodiscard]] std::string url() const { return server_.url(); }

  RedisServer server_;
};

TEST_F(AgentEvents, ALineOfTheLogIsNoticed) {
  AgentInProcess agent({url()});
  ASSERT_TRUE(agent.wait_until_watched(url()));
  server_.save_that_fails();
  const IncidentNews* news = agent.wait_for_incident(is_failure);
  ASSERT_NE(news, nullptr);
  EXPECT_EQ(news->source, EventSource::server_log);
  EXPECT_EQ(news->cause, "nproc-limit");
  EXPECT_TRUE(news->detection_delay);
  EXPECT_TRUE(agent.instance(url()).failing);
  EXPECT_EQ(agent.instance(url()).cause, "nproc-limit");
}

TEST_F(AgentEvents, AnIncidentBeginsBeforeItsCauseIsKnownAndKeepsItsId) {
  AgentInProcess agent({url()}, kHealTaskLimit);
  ASSERT_TRUE(agent.wait_until_watched(url()));
  server_.save_that_fails();
  const IncidentNews* healed = agent.wait_for_incident(is_failure);
  ASSERT_NE(healed, nullptr);
  EXPECT_EQ(healed->state, "healed");
  // The failure was foreseen, which is told before.
  const auto first = std::ranges::find(agent.news(), "diagnosing", &IncidentNews::state);
  ASSERT_NE(first, agent.news().end());
  EXPECT_EQ(first->cause, "unknown");
  EXPECT_EQ(first->source, EventSource::server_log);
  EXPECT_FALSE(first->closed);
  EXPECT_FALSE(first->id.empty());
  EXPECT_EQ(first->id, healed->id);
  EXPECT_EQ(first->opened, healed->opened);
}

TEST_F(AgentEvents, ALineIsNoticedAfterTheLogWasRenamed) {
  AgentInProcess agent({url()});
  ASSERT_TRUE(agent.wait_until_watched(url()));
  std::filesystem::rename(server_.log_file(), server_.log_file() + ".1");
  std::ofstream(server_.log_file()).close();
  std::filesystem::permissions(server_.log_file(), std::filesystem::perms::all);
  server_.save_that_fails();
  const IncidentNews* news = agent.wait_for_incident(is_failure);
  ASSERT_NE(news, nullptr);
  EXPECT_EQ(news->source, EventSource::server_log);
}

TEST_F(AgentEvents, ALineIsNoticedAfterTheLogWasCopiedAndTruncated) {
  AgentInProcess agent({url()});
  ASSERT_TRUE(agent.wait_until_watched(url()));
  std::filesystem::copy_file(server_.log_file(), server_.log_file() + ".1");
  std::filesystem::resize_file(server_.log_file(), 0);
  server_.save_that_fails();
  const IncidentNews* news = agent.wait_for_incident(is_failure);
  ASSERT_NE(news, nullptr);
  EXPECT_EQ(news->source, EventSource::server_log);
}

TEST_F(AgentEvents, ALineIsNoticedInALogThatAppearsLater) {
  std::filesystem::rename(server_.log_file(), server_.log_file() + ".1");
  AgentInProcess agent({url()});
  ASSERT_TRUE(agent.wait_until_watched(url()));
  std::ofstream(server_.log_file()).close();
  std::filesystem::permissions(server_.log_file(), std::filesystem::perms::all);
  server_.save_that_fails();
  const IncidentNews* news = agent.wait_for_incident(is_failure);
  ASSERT_NE(news, nullptr);
  EXPECT_EQ(news->source, EventSource::server_log);
}

TEST_F(AgentEvents, WithoutALogAPollNotices) {
  server_.call({"CONFIG", "SET", "loglevel", "warning"});
  AgentInProcess agent(
      {url()}, "schema = 1\nmode = \"observe\"\n",
      [](daemon::AgentOptions& options) { options.interval = std::chrono::milliseconds(100); });
  ASSERT_TRUE(agent.wait_until_watched(url()));
  // The log's directory is hidden behind another name: no line reaches the agent.
  std::filesystem::rename(server_.log_file(), server_.log_file() + ".gone");
  std::filesystem::create_directory(server_.log_file());
  server_.call({"BGSAVE"});
  const IncidentNews* news = agent.wait_for_incident(is_failure);
  ASSERT_NE(news, nullptr);
  EXPECT_EQ(news->source, EventSource::poll);
}

TEST_F(AgentEvents, TheKernelsLineBeforeTheServersOwnCountsAsFirst) {
  AgentInProcess agent({url()});
  ASSERT_TRUE(agent.wait_until_watched(url()));
  std::ofstream kernel_log("/dev/kmsg");
  kernel_log << "<4>__vm_enough_memory: pid: " << server_.pid()
             << ", comm: redis-server, not enough memory for the allocation\n"
             << std::flush;
  if (!kernel_log || !agent.source(EventSource::kernel_log).active) {
    GTEST_SKIP() << "the kernel log may not be written or read here";
  }
  ASSERT_TRUE(agent.wait_until([&] { return agent.source(EventSource::kernel_log).seen > 0; }));
  ASSERT_TRUE(agent.wait_until([&] { return agent.instance(url()).cost.looks > 0; }));
  server_.save_that_fails();
  const IncidentNews* news = agent.wait_for_incident(is_failure);
  ASSERT_NE(news, nullptr);
  EXPECT_EQ(news->source, EventSource::kernel_log);
}

TEST_F(AgentEvents, TheEndOfAProcessIsNoticedAndItsSuccessorIsFound) {
  const int port = server_.port();
  AgentInProcess agent({url()});
  ASSERT_TRUE(agent.wait_until_watched(url()));
  const auto first = agent.instance(url()).pid;
  server_.kill_now();
  ASSERT_TRUE(agent.wait_until([&] { return !agent.instance(url()).reachable; }));
  EXPECT_GE(agent.source(EventSource::process_exit).seen, 1U);
  const TempDir dir;
  const pid_t second =
      start_program({server_program(), "--port", std::to_string(port), "--dir", dir.path().string(),
                     "--save", "", "--logfile", (dir.path() / "redis.log").string()});
  EXPECT_TRUE(agent.wait_until_watched(url()));
  EXPECT_NE(agent.instance(url()).pid, first);
  EXPECT_EQ(agent.instance(url()).pid, second);
  end_program(second);
}

TEST_F(AgentEvents, AServerThatHangsKeepsNobodyWaiting) {
  const RedisServer other;
  AgentInProcess agent(
      {url(), other.url()}, "schema = 1\nmode = \"observe\"\n",
      [](daemon::AgentOptions& options) { options.interval = std::chrono::milliseconds(100); });
  ASSERT_TRUE(agent.wait_until_watched(url()));
  ASSERT_TRUE(agent.wait_until_watched(other.url()));
  kill(server_.pid(), SIGSTOP);
  // While one call to the hung server waits for its deadline of two seconds, and has not failed
  // yet, the other one is polled several times.
  const auto failed = agent.instance(url()).cost.failed;
  const auto before = agent.instance(other.url()).cost.polls;
  EXPECT_TRUE(agent.wait_until([&] { return agent.instance(url()).cost.failed > failed; }));
  EXPECT_GE(agent.instance(other.url()).cost.polls, before + 5);
  EXPECT_FALSE(agent.instance(url()).reachable);
  EXPECT_TRUE(agent.instance(other.url()).reachable);
  kill(server_.pid(), SIGCONT);
  EXPECT_TRUE(agent.wait_until([&] { return agent.instance(url()).reachable; }));
}

TEST_F(AgentEvents, AFloodOfFailuresCostsAFewLooks) {
  AgentInProcess agent({url()});
  ASSERT_TRUE(agent.wait_until_watched(url()));
  const auto began = read_clock().boot;
  std::ofstream log(server_.log_file(), std::ios::app);
  const auto flood = [&] {
    for (int line = 0; line < 1000; ++line) {
      log << server_.pid() << ":M 25 Nov 2025 10:00:00.123 # Can't save in background: fork: "
          << "Resource temporarily unavailable\n";
    }
    log << std::flush;
    return read_clock().boot - began > std::chrono::seconds(3);
  };
  ASSERT_TRUE(agent.wait_until(flood));
  const auto& source = agent.source(EventSource::server_log);
  EXPECT_GT(source.seen, 10U);
  // At 0, 0.25, 0.75 and 1.75 s; one more where the first verdicts differ.
  EXPECT_LE(agent.instance(url()).cost.looks, 6U);
  EXPECT_GE(agent.instance(url()).cost.looks, 1U);
}

}  // namespace
}  // namespace forkmend::testing
