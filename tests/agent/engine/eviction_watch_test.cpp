// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/eviction_watch.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "agent/engine/await.hpp"
#include "engine/step_access.hpp"
#include "support/scripted_peer.hpp"

namespace forkmend::engine {
namespace {

using testing::after_greeting;
using testing::await;
using testing::hear;
using testing::PeerScript;
using testing::PeerStep;
using testing::say;
using testing::ScriptedPeer;

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

/// What the server answers to one look: PING, INFO memory, INFO stats.
void add_look(PeerScript& script, int used, const std::string& policy, int evicted) {
  for (const std::string& answer :
       {std::string("+PONG\r\n"),
        bulk("used_memory:" + std::to_string(used) + "\r\nmem_not_counted_for_evict:50\r\n" +
             "maxmemory:1000\r\nmaxmemory_policy:" + policy + "\r\n"),
        bulk("evicted_keys:" + std::to_string(evicted) + "\r\n")}) {
    script.push_back(hear());
    script.push_back(say(answer));
  }
}

boost::asio::awaitable<Result<void>> watch(redis::ConnectionOptions options) {
  const auto server = co_await redis::Connection::connect(std::move(options));
  if (!server) co_return server.error();
  co_return co_await watch_eviction(server->get());
}

/// What comes of watching, and how many requests it took after the greeting.
std::pair<Result<void>, std::size_t> watched(PeerScript script) {
  const ScriptedPeer peer(after_greeting(std::move(script)));
  redis::ConnectionOptions options;
  options.endpoint = redis::parse_url(peer.url())->endpoint;
  options.deadline = std::chrono::milliseconds(500);
  auto outcome = await(watch(options));
  return {std::move(outcome), peer.requests().size() - 1};
}

TEST(EvictionWatch, WaitsUntilTheServerIsBelowItsLimit) {
  PeerScript script;
  add_look(script, 1300, "allkeys-lru", 10);
  add_look(script, 1100, "allkeys-lru", 30);
  add_look(script, 1050, "allkeys-lru", 35);  // 50 of these do not count
  const auto [outcome, requests] = watched(script);
  EXPECT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(requests, 9U);
}

TEST(EvictionWatch, DoesNotWaitForAServerThatEvictsNothing) {
  PeerScript script;
  add_look(script, 1300, "noeviction", 0);
  const auto [outcome, requests] = watched(script);
  EXPECT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(requests, 3U);
}

TEST(EvictionWatch, GivesUpWaitingWhenNothingGoesAnyMore) {
  PeerScript script;
  for (int i = 0; i < 10; ++i) add_look(script, 1300, "volatile-lru", 7);
  const auto [outcome, requests] = watched(script);
  EXPECT_TRUE(outcome) << outcome.error().message;
  EXPECT_LT(requests, 30U);
}

TEST(EvictionWatch, IsAnErrorWhenTheServerDoesNotAnswer) {
  const auto outcome = watched({testing::stay_silent()}).first;
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::timeout);
}

constexpr const char* kRun = "0123456789abcdef0123456789abcdef01234567";

/// What comes of setting maxmemory to 1000, and the last request that the server heard.
std::pair<Result<void>, std::string> limited(PeerScript script, const remediations::Target& how) {
  PeerScript whole = {hear(), say(bulk(std::string("run_id:") + kRun + "\r\n"))};
  for (PeerStep& step : script) whole.push_back(std::move(step));
  const ScriptedPeer peer(after_greeting(std::move(whole)));
  redis::ConnectionOptions options;
  options.endpoint = redis::parse_url(peer.url())->endpoint;
  options.deadline = std::chrono::milliseconds(500);
  auto outcome = await(write_config_step(options, how, "1000"));
  return {std::move(outcome), peer.requests().back()};
}

remediations::Target limit_step() {
  remediations::Target target;
  target.type = remediations::StepType::config;
  target.name = "maxmemory";
  target.run_id = kRun;
  return target;
}

/// INFO memory before the change.
PeerScript in_use(int used, int limit) {
  return {
      hear(),
      say(bulk("used_memory:" + std::to_string(used) +
               "\r\nmem_not_counted_for_evict:50\r\nmaxmemory:" + std::to_string(limit) + "\r\n"))};
}

TEST(MaxmemoryStep, IsRefusedWhenTheServerHasGrownAboveItSinceThePlan) {
  for (const int limit : {0, 2000}) {
    const auto [outcome, last] = limited(in_use(1051, limit), limit_step());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Errc::changed);
    EXPECT_EQ(last.find("SET"), std::string::npos) << last;
  }
}

TEST(MaxmemoryStep, IsDoneWhereThereIsRoomOrThePlanKnowsOrItRaises) {
  remediations::Target knows = limit_step();
  knows.may_evict = true;
  const std::vector<std::pair<PeerScript, remediations::Target>> cases = {
      {in_use(1050, 0), limit_step()}, {{}, knows}, {in_use(3000, 900), limit_step()}};
  for (const auto& [first, how] : cases) {
    PeerScript script = first;
    script.push_back(hear());
    script.push_back(say("+OK\r\n"));
    add_look(script, 900, "noeviction", 0);
    const auto outcome = limited(std::move(script), how).first;
    EXPECT_TRUE(outcome) << outcome.error().message;
  }
}

}  // namespace
}  // namespace forkmend::engine
