// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "notify/notifier.hpp"

#include <gtest/gtest.h>

#include "agent/notify/example_message.hpp"
#include "agent/notify/http_peer.hpp"
#include "agent/notify/running_notifier.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::notify {
namespace {

using namespace std::chrono_literals;
using ::forkmend::testing::example_message;
using ::forkmend::testing::fast_schedule;
using ::forkmend::testing::HeardRequest;
using ::forkmend::testing::HttpPeer;
using ::forkmend::testing::RunningNotifier;
using ::forkmend::testing::TempDir;

NotifierOptions webhook(const HttpPeer& peer) {
  return {.type = NotifierType::webhook, .url = peer.url("/hook")};
}

NotifierOptions alertmanager(const HttpPeer& peer) {
  return {.type = NotifierType::alertmanager, .url = peer.url("")};
}

std::string state_of(const HeardRequest& request) {
  return std::string(request.body.at("state").as_string());
}

TEST(Notifier, TriesAgainUntilThePeerAnswersAndKeepsTheOrder) {
  const TempDir dir;
  HttpPeer peer({503, 0, 500, 200});
  {
    RunningNotifier notifier(dir.path().string(), {webhook(peer)}, fast_schedule());
    notifier.send(example_message(IncidentStage::open));
    notifier.send(example_message(IncidentStage::healed));
    const auto heard = peer.wait_for(5);
    ASSERT_EQ(heard.size(), 5U);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(state_of(heard[i]), "open") << i;
    EXPECT_EQ(state_of(heard[4]), "healed");
    const auto problems = notifier.problems();
    ASSERT_EQ(problems.size(), 2U) << problems.back();  // told once, not at each attempt
    EXPECT_NE(problems[0].find("will be tried again: HTTP 503"), std::string::npos) << problems[0];
    EXPECT_NE(problems[1].find("delivers again"), std::string::npos) << problems[1];
    EXPECT_EQ(notifier.counts().retried, 3U);
  }
}

TEST(Notifier, WhatWaitsAtTheEndIsDeliveredAfterARestart) {
  const TempDir dir;
  HttpPeer peer({503, 200});
  DeliverySchedule slow;
  slow.first_retry = std::chrono::hours(1);
  {
    RunningNotifier notifier(dir.path().string(), {webhook(peer)}, slow);
    notifier.send(example_message(IncidentStage::open));
    ASSERT_EQ(peer.wait_for(1).size(), 1U);
    notifier.send(example_message(IncidentStage::not_healed));
    EXPECT_EQ(notifier.counts().waiting, 2U);
  }
  const RunningNotifier again(dir.path().string(), {webhook(peer)}, slow);
  const auto heard = peer.wait_for(3);
  ASSERT_EQ(heard.size(), 3U);
  EXPECT_EQ(state_of(heard[1]), "open");
  EXPECT_EQ(state_of(heard[2]), "not-healed");
}

TEST(Notifier, EndsInTheMiddleOfAnAttempt) {
  const TempDir dir;
  DeliverySchedule schedule;
  schedule.deadline = std::chrono::hours(1);
  const auto begun = std::chrono::steady_clock::now();
  {
    RunningNotifier notifier(dir.path().string(),
                             {{.type = NotifierType::command, .argv = {"/bin/sleep", "3600"}}},
                             schedule);
    notifier.send(example_message(IncidentStage::open));
    EXPECT_EQ(notifier.counts().waiting, 1U);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 30s);
}

TEST(Notifier, AMessageThatIsRefusedOrOldMakesWayForTheNext) {
  const TempDir dir;
  HttpPeer peer({400, 200});
  RunningNotifier notifier(dir.path().string(), {webhook(peer)}, fast_schedule());
  notifier.send(example_message(IncidentStage::blocked, std::chrono::system_clock::now() - 25h));
  notifier.send(example_message(IncidentStage::open));
  notifier.send(example_message(IncidentStage::healed));
  const auto heard = peer.wait_for(2);
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_EQ(state_of(heard[0]), "open");
  EXPECT_EQ(state_of(heard[1]), "healed");
  const auto counts = notifier.counts();
  EXPECT_EQ(counts.expired, 1U);
  EXPECT_EQ(counts.refused, 1U);
}

TEST(Notifier, TheQueueIsBounded) {
  const TempDir dir;
  HttpPeer peer({503});
  DeliverySchedule schedule;
  schedule.first_retry = std::chrono::hours(1);
  schedule.most_messages = 5;
  RunningNotifier notifier(dir.path().string(), {webhook(peer)}, schedule);
  for (int i = 0; i < 8; ++i) notifier.send(example_message(IncidentStage::open));
  const auto counts = notifier.counts();
  EXPECT_EQ(counts.dropped, 3U);
  EXPECT_EQ(counts.waiting, 5U);
}

TEST(Notifier, OneThatHangsDoesNotHoldUpAnother) {
  const TempDir dir;
  HttpPeer peer({200});
  RunningNotifier notifier(
      dir.path().string(),
      {{.type = NotifierType::command, .argv = {"/bin/sleep", "3600"}}, webhook(peer)}, {});
  notifier.send(example_message(IncidentStage::open));
  EXPECT_EQ(peer.wait_for(1).size(), 1U);
}

TEST(Notifier, AlertsAreToldAgainAlsoAfterARestartUntilTheyEnd) {
  const TempDir dir;
  HttpPeer peer({200});
  DeliverySchedule schedule = fast_schedule();
  schedule.repeat_alerts = 20ms;
  {
    RunningNotifier notifier(dir.path().string(), {alertmanager(peer)}, schedule);
    notifier.send(example_message(IncidentStage::open));
    EXPECT_GE(peer.wait_for(3).size(), 3U);
  }
  const std::size_t before = peer.wait_for(0).size();
  RunningNotifier notifier(dir.path().string(), {alertmanager(peer)}, schedule);
  EXPECT_GE(peer.wait_for(before + 2).size(), before + 2);
  // Under another cause, as a later look may have found: it ends what was told before, too.
  IncidentMessage end = example_message(IncidentStage::recovered);
  end.cause = "unknown";
  notifier.send(end);
  std::vector<HeardRequest> heard = peer.wait_for(before + 2);
  const auto is_end = [](const HeardRequest& request) {
    return request.body.at(0).at("annotations").at("state").as_string() == "recovered";
  };
  while (!is_end(heard.back())) {
    const std::size_t more = heard.size() + 1;
    heard = peer.wait_for(more);
    ASSERT_GE(heard.size(), more);
  }
  EXPECT_EQ(heard.back().body.as_array().size(), 4U);  // two alerts of either cause
  EXPECT_EQ(heard.back().body.at(0).at("labels").at("cause").as_string(), "nproc-limit");
}

TEST(Notifier, SaysWhichConfigurationIsWrong) {
  boost::asio::io_context context;
  const TempDir dir;
  const auto opened = Notifier::open(context.get_executor(), dir.path().string(),
                                     {{.type = NotifierType::webhook, .url = "nonsense"}}, {}, {});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::invalid);
  EXPECT_NE(opened.error().message.find("[[notify]] of type webhook"), std::string::npos)
      << opened.error().message;
}

}  // namespace
}  // namespace forkmend::notify
