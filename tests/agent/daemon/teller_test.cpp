// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The agent in this process, a real server whose fork fails, and those who are told of it.
#include "daemon/teller.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <thread>
#include <variant>

#include "redis/endpoint.hpp"
#include "remediations/remediation.hpp"
#include "support/lab/program.hpp"
#include "support/lab/redis_server.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::daemon {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using ::forkmend::testing::RedisServer;
using ::forkmend::testing::ServerOptions;
using ::forkmend::testing::TempDir;
using ::forkmend::testing::wait_for_text;

ServerOptions server_options() {
  ServerOptions options;
  options.run_as = testing::ordinary_user();
  options.arguments = {"--save", "3600 1"};
  return options;
}

policy::Policy policy_in(policy::Mode mode) {
  auto loaded = policy::parse_policy(policy::default_policy_text(), "default",
                                     remediations::remedy_declarations());
  auto policy = std::get<policy::Policy>(std::move(loaded));
  policy.mode = mode;
  return policy;
}

/// The agent with metrics on a free port and a command that keeps what it is told.
class TellingAgent {
 public:
  TellingAgent(const RedisServer& server, policy::Mode mode) {
    testing::write_tree(dir_.path(),
                        {{"/tell", "#!/bin/sh\ncat >>\"" + told_file() + "\"\n"}, {"/told", ""}});
    chmod((dir_.path() / "tell").c_str(), 0755);
    redis::ConnectionOptions connection;
    connection.endpoint = redis::parse_url(server.url())->endpoint;
    agent_->targets.named = {connection};
    agent_->policy = policy_in(mode);
    agent_->state_dir = (dir_.path() / "state").string();
    agent_->interval = 100ms;
    agent_->discovery = 300ms;
    agent_->stop_requested = [this] { return stop_.load(); };
    port_ = testing::free_port();
    TellerOptions teller;
    teller.version = "0.0.0-test";
    teller.listen = "127.0.0.1:" + std::to_string(port_);
    teller.notify = {
        {.type = notify::NotifierType::command, .argv = {(dir_.path() / "tell").string()}}};
    teller.recovery_check = 200ms;
    ended_ = asio::co_spawn(context_, run_agent_and_tell(host::Root(), agent_, std::move(teller)),
                            asio::use_future);
    thread_ = std::thread([this] { context_.run(); });
  }
  ~TellingAgent() {
    stop_ = true;
    ended_.get();
    thread_.join();
  }
  TellingAgent(const TellingAgent&) = delete;
  TellingAgent& operator=(const TellingAgent&) = delete;

  [[nodiscard]] std::string told_file() const { return (dir_.path() / "told").string(); }
  [[nodiscard]] bool is_told(const std::string& text) const {
    return wait_for_text(told_file(), text, 60s);
  }

  [[nodiscard]] std::string scrape() const {
    asio::io_context client;
    asio::ip::tcp::socket socket(client);
    socket.connect({asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port_)});
    asio::write(socket, asio::buffer(std::string("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")));
    std::string page;
    boost::system::error_code end;
    asio::read(socket, asio::dynamic_buffer(page), end);
    return page;
  }

 private:
  TempDir dir_;
  int port_ = 0;
  std::atomic<bool> stop_ = false;
  std::shared_ptr<AgentOptions> agent_ = std::make_shared<AgentOptions>();
  asio::io_context context_;
  std::future<void> ended_;
  std::thread thread_;
};

bool has_line(const std::string& page, const std::string& line) {
  return page.find("\n" + line + "\n") != std::string::npos;
}

class Telling : public ::testing::Test {
 protected:
  Telling() : server_(server_options()) {
    server_.call({"SET", "order:1", "paid"});
    limits_ = testing::nproc_limits(server_.pid());
    testing::refuse_forks_by_nproc(server_.pid());
    server_.save_that_fails();
  }
  RedisServer server_;
  std::string limits_;
};

TEST_F(Telling, APlanIsToldAndSoIsTheRecovery) {
  const TellingAgent agent(server_, policy::Mode::dry_run);
  ASSERT_TRUE(agent.is_told("\"state\":\"advice\"")) << testing::read_file(agent.told_file());
  const std::string page = agent.scrape();
  const std::string server = "server=\"" + server_.url() + "\"";
  for (const std::string& line :
       {std::string("forkmend_build_info{version=\"0.0.0-test\"} 1"),
        std::string("forkmend_agent_mode{mode=\"dry-run\"} 1"), std::string("forkmend_paused 0"),
        "forkmend_save_state{" + server + ",state=\"failing\"} 1",
        "forkmend_data_at_risk_changes{" + server + "} 1",
        "forkmend_fork_forecast{" + server + ",verdict=\"refused\"} 1",
        "forkmend_current_incident{" + server + ",cause=\"nproc-limit\",state=\"planned\"} 1",
        "forkmend_save_failures_total{" + server + ",kind=\"rdb-save\",cause=\"nproc-limit\"} 1",
        std::string("forkmend_incidents_total{state=\"planned\"} 1")}) {
    EXPECT_TRUE(has_line(page, line)) << line << "\n" << page;
  }
  // How much is missing depends on who else runs as that user.
  EXPECT_NE(page.find("\nforkmend_fork_headroom_tasks{" + server + ",rule=\"NPROC\"} -"),
            std::string::npos);
  testing::set_nproc(server_.pid(), limits_);
  server_.call({"BGSAVE"});
  ASSERT_TRUE(agent.is_told("\"state\":\"recovered\"")) << testing::read_file(agent.told_file());
  EXPECT_TRUE(has_line(agent.scrape(), "forkmend_save_state{" + server + ",state=\"failing\"} 0"));
}

TEST_F(Telling, WhatIsHealedIsToldAndCounted) {
  const TellingAgent agent(server_, policy::Mode::heal);
  ASSERT_TRUE(agent.is_told("\"state\":\"open\"")) << testing::read_file(agent.told_file());
  ASSERT_TRUE(agent.is_told("\"state\":\"healed\"")) << testing::read_file(agent.told_file());
  const std::string page = agent.scrape();
  for (const auto* line : {"forkmend_incidents_total{state=\"healed\"} 1",
                           "forkmend_remedies_total{remedy=\"nproc-limit\",outcome=\"applied\"} 1",
                           "forkmend_verification_duration_seconds_count 1"}) {
    EXPECT_TRUE(has_line(page, line)) << line << "\n" << page;
  }
  EXPECT_EQ(server_.info("rdb_last_bgsave_status"), "ok");
}

TEST(Teller, APortInUseIsNoReasonNotToWatch) {
  asio::io_context context;
  asio::ip::tcp::acceptor other(context, {asio::ip::address_v4::loopback(), 0});
  const TempDir dir;
  const auto agent = std::make_shared<AgentOptions>();
  agent->state_dir = dir.path().string();
  std::atomic<int> asked = 0;
  agent->stop_requested = [&asked] { return ++asked > 3; };
  agent->targets.named = {redis::ConnectionOptions{}};
  agent->targets.named.front().endpoint.port = other.local_endpoint().port();
  agent->targets.named.front().deadline = 50ms;
  TellerOptions teller;
  teller.listen = "127.0.0.1:" + std::to_string(other.local_endpoint().port());
  auto ended = asio::co_spawn(context, run_agent_and_tell(host::Root(), agent, std::move(teller)),
                              asio::use_future);
  context.run();
  ended.get();
  EXPECT_GT(asked, 3);
}

TEST(Teller, OptionsThatCannotWorkAreNamed) {
  asio::io_context context;
  const TempDir dir;
  const auto agent = std::make_shared<AgentOptions>();
  agent->state_dir = dir.path().string();
  const auto opened =
      Teller::open(context.get_executor(), host::Root(), {.listen = "localhost:9911"}, agent);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("metrics listen \"localhost:9911\""), std::string::npos);
}

}  // namespace
}  // namespace forkmend::daemon
