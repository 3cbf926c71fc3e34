// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/tell_view.hpp"

#include <gtest/gtest.h>

#include <string>

namespace forkmend::daemon {
namespace {

using namespace std::chrono_literals;
using notify::IncidentStage;

constexpr WallTime kSeen{std::chrono::seconds(1764194589)};

InstanceState failing_server() {
  InstanceState one;
  one.endpoint = "redis://127.0.0.1:6379";
  one.flavour = "redis";
  one.reachable = true;
  one.polled_at = kSeen;
  one.last_save = kSeen - 1h;
  one.changes_since_save = 7;
  one.failing = true;
  one.forecast = "refused";
  one.headroom = {{"NPROC", "refused", -5, "count"},
                  {"OC2", "admitted", 4096, "bytes"},
                  {"PIDS", "unknown", std::nullopt, "count"}};
  return one;
}

IncidentNews news_in(const std::string& state) {
  IncidentNews news;
  news.endpoint = "redis://127.0.0.1:6379";
  news.cause = "nproc-limit";
  news.confidence = "likely";
  news.failures = {{"rdb-save", "fork"}};
  news.opened = kSeen;
  news.state = state;
  news.plan = "p-1";
  return news;
}

metrics::InstanceState shown(const InstanceState& one) {
  AgentState state;
  state.instances[one.endpoint] = one;
  return metrics_view(state).instances.at(0);
}

TEST(MetricsView, ShowsAServerAsItStands) {
  const auto out = shown(failing_server());
  EXPECT_EQ(out.server, "redis://127.0.0.1:6379");
  EXPECT_EQ(out.save, metrics::SaveState::failing);
  EXPECT_EQ(out.changes_at_risk, 7);
  EXPECT_EQ(out.at_risk_since, kSeen - 1h);
  ASSERT_EQ(out.headroom.size(), 2U);  // of what is unknown nothing is said
  EXPECT_EQ(out.headroom[0].unit, metrics::RuleHeadroom::Unit::tasks);
  EXPECT_EQ(out.headroom[1].unit, metrics::RuleHeadroom::Unit::bytes);
}

TEST(MetricsView, WhatTheAofHoldsIsNotAtRisk) {
  InstanceState one = failing_server();
  one.in_aof = true;
  EXPECT_EQ(shown(one).changes_at_risk, 0);
}

TEST(MetricsView, AServerThatWasNeverAskedIsUnknown) {
  InstanceState one;
  one.endpoint = "redis://127.0.0.1:6379";
  const auto out = shown(one);
  EXPECT_EQ(out.save, metrics::SaveState::unknown);
  EXPECT_FALSE(out.last_poll);
  EXPECT_FALSE(out.changes_at_risk);
}

TEST(MetricsView, AnIncidentIsShownUntilSavesWork) {
  InstanceState one = failing_server();
  EXPECT_EQ(shown(one).incident_state, "");
  one.incident = news_in("not-healed");
  one.incident->closed = kSeen + 1s;
  EXPECT_EQ(shown(one).incident_state, "not-healed");
  EXPECT_EQ(shown(one).incident_cause, "nproc-limit");
  one.failing = false;
  EXPECT_EQ(shown(one).incident_state, "");
}

TEST(MessageOf, EachStateHasItsStage) {
  const auto stage = [](const char* state) {
    return message_of(news_in(state), "db7", kSeen).stage;
  };
  EXPECT_EQ(stage("open"), IncidentStage::open);
  EXPECT_EQ(stage("planned"), IncidentStage::advice);
  EXPECT_EQ(stage("nothing-to-do"), IncidentStage::advice);
  EXPECT_EQ(stage("healed"), IncidentStage::healed);
  EXPECT_EQ(stage("recovered"), IncidentStage::recovered);
  EXPECT_EQ(stage("no-privilege"), IncidentStage::blocked);
  EXPECT_EQ(stage("interrupted"), IncidentStage::not_healed);
  EXPECT_EQ(stage("undo-incomplete"), IncidentStage::undo_incomplete);
  EXPECT_EQ(stage("some-word-of-tomorrow"), IncidentStage::advice);
}

TEST(MessageOf, SaysWhatFailedAndWhatToDo) {
  const auto planned = message_of(news_in("planned"), "db7", kSeen);
  EXPECT_EQ(planned.id, "p-1");
  EXPECT_EQ(planned.kind, "rdb-save");
  EXPECT_EQ(planned.summary,
            "rdb-save fails at fork, cause nproc-limit (likely). Nothing is changed. To carry out "
            "the plan: forkmend fix --plan p-1");
  IncidentNews blocked = news_in("blocked");
  blocked.id = "i-1";
  blocked.because = {"the breaker is open"};
  const auto message = message_of(blocked, "db7", kSeen);
  EXPECT_EQ(message.id, "i-1");
  EXPECT_EQ(message.summary,
            "rdb-save fails at fork, cause nproc-limit (likely). the breaker is open");
  IncidentNews foreseen = news_in("open");
  foreseen.failures.clear();
  foreseen.confidence = "foreseen";
  EXPECT_EQ(message_of(foreseen, "db7", kSeen).summary,
            "the next save would fail, cause nproc-limit (foreseen).");
}

IncidentNews strain_in(const std::string& state) {
  IncidentNews news = news_in(state);
  news.cause = "fragmentation";
  news.failures.clear();
  return news;
}

TEST(MessageOf, AStrainSaysThatSavesWork) {
  const auto message = message_of(strain_in("healed"), "db7", kSeen);
  EXPECT_EQ(message.kind, "strain");
  EXPECT_EQ(message.summary.substr(0, 66),
            "saves work under a strain, cause fragmentation (likely). Healed by");
}

TEST(MessageOf, OnlyAPlanAgainstAFailureIsKeptForFix) {
  EXPECT_EQ(message_of(strain_in("planned"), "db7", kSeen).summary,
            "saves work under a strain, cause fragmentation (likely). Nothing is changed.");
}

TEST(RemediesTried, AreThoseOfTheChangesWithTheirLastState) {
  engine::HealOutcome outcome;
  const auto change = [](int attempt, const char* remedy, engine::ChangeState state) {
    engine::ChangeRecord record;
    record.attempt = attempt;
    record.step.remedy = remedy;
    record.state = state;
    return record;
  };
  outcome.changes = {change(0, "thp", engine::ChangeState::undone),
                     change(1, "nproc-limit", engine::ChangeState::applied),
                     change(1, "nproc-limit", engine::ChangeState::failed)};
  const std::vector<std::pair<std::string, std::string>> expected = {{"thp", "undone"},
                                                                     {"nproc-limit", "failed"}};
  EXPECT_EQ(remedies_tried(outcome), expected);
}

class Told : public ::testing::Test {
 protected:
  bool is_news(const char* state, std::chrono::seconds after, const char* cause = "nproc-limit") {
    IncidentNews news = news_in(state);
    news.cause = cause;
    return told_.is_news(message_of(news, "db7", kSeen + after));
  }
  ToldBefore told_;
};

TEST_F(Told, EachStageOnce) {
  EXPECT_TRUE(is_news("open", 0s));
  EXPECT_TRUE(is_news("not-healed", 5s));
  EXPECT_FALSE(is_news("open", 10min));  // the next try of the same
  EXPECT_FALSE(is_news("not-healed", 11min));
  EXPECT_TRUE(is_news("not-healed", 7h));
  EXPECT_TRUE(is_news("recovered", 8h));
  EXPECT_FALSE(is_news("recovered", 9h));
  EXPECT_TRUE(is_news("open", 10h));
}

TEST_F(Told, HealedAndRecoveredAreOneEnd) {
  EXPECT_TRUE(is_news("open", 0s));
  EXPECT_TRUE(is_news("healed", 1s));
  EXPECT_FALSE(is_news("recovered", 2s));
}

TEST_F(Told, AnotherCauseIsNews) {
  EXPECT_TRUE(is_news("not-healed", 0s));
  EXPECT_TRUE(is_news("open", 1s, "pids-limit"));
}

class Recovery : public Told {
 protected:
  std::size_t recoveries(const InstanceState& one) {
    AgentState state;
    state.instances[one.endpoint] = one;
    return told_.recovered(state, kSeen + 60s).size();
  }
  InstanceState works_ = [] {
    InstanceState one = failing_server();
    one.failing = false;
    one.looked_at = kSeen + 30s;
    return one;
  }();
};

TEST_F(Recovery, IsTheEndOfWhatWasTold) {
  EXPECT_EQ(recoveries(works_), 0U);
  EXPECT_TRUE(is_news("not-healed", 0s));
  EXPECT_TRUE(told_.any_open());
  AgentState state;
  state.instances[works_.endpoint] = works_;
  const auto messages = told_.recovered(state, kSeen + 60s);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].stage, IncidentStage::recovered);
  EXPECT_EQ(messages[0].cause, "nproc-limit");
  EXPECT_EQ(messages[0].at, kSeen + 60s);
  told_.remember(messages[0]);
  EXPECT_FALSE(told_.any_open());
  EXPECT_EQ(recoveries(works_), 0U);
}

TEST_F(Recovery, NeedsALookAfterwardsAndAnAnswer) {
  EXPECT_TRUE(is_news("not-healed", 0s));
  InstanceState one = works_;
  one.looked_at = kSeen;
  EXPECT_EQ(recoveries(one), 0U);
  one = works_;
  one.reachable = false;
  EXPECT_EQ(recoveries(one), 0U);
  one = works_;
  one.failing = true;
  EXPECT_EQ(recoveries(one), 0U);
}

TEST_F(Recovery, OfWhatWasForeseenIsAnAdmittedFork) {
  IncidentNews foreseen = news_in("blocked");
  foreseen.failures.clear();
  EXPECT_TRUE(told_.is_news(message_of(foreseen, "db7", kSeen)));
  EXPECT_EQ(recoveries(works_), 0U);  // its forecast still says refused
  works_.forecast = "admitted";
  EXPECT_EQ(recoveries(works_), 1U);
}

TEST_F(Recovery, OfAStrainIsItsEnd) {
  EXPECT_TRUE(told_.is_news(message_of(strain_in("blocked"), "db7", kSeen)));
  works_.strains = {"fragmentation"};
  EXPECT_EQ(recoveries(works_), 0U);
  works_.strains = {"thp"};
  EXPECT_EQ(recoveries(works_), 1U);
}

TEST_F(Recovery, OfWhatAnEarlierRunHasTold) {
  told_.remember(message_of(news_in("not-healed"), "db7", kSeen - 1h));
  EXPECT_EQ(recoveries(works_), 1U);
}

}  // namespace
}  // namespace forkmend::daemon
