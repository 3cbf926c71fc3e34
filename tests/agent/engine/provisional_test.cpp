// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/provisional.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/units.hpp"
#include "engine/own_proof.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kServer = "redis://127.0.0.1:6379";

WallTime time_at(const std::string& clock) {
  return *parse_time("2026-11-25T" + clock + "Z");
}

Now ten_past_noon() {
  return {.wall = time_at("12:10:00.000"), .boot = std::chrono::hours(5)};
}

IncidentRecord heal_from_to(const std::string& begin, const std::string& end) {
  IncidentRecord incident;
  incident.id = "i-" + begin;
  incident.instance = kServer;
  incident.cause = "nproc-limit";
  incident.state = IncidentState::healed;
  incident.opened = time_at(begin);
  incident.closed = time_at(end);
  return incident;
}

SaveTime saved_at(const std::string& clock) {
  return {.from = time_at(clock), .to = time_at(clock) + std::chrono::seconds(1)};
}

std::vector<std::string> credited(const std::vector<IncidentRecord>& history, SaveTime save) {
  return heals_to_credit(history, kServer, save, policy::Rails{}, ten_past_noon());
}

TEST(Provisional, ASaveAfterAHealSpeaksForIt) {
  const auto heal = heal_from_to("12:00:00.100", "12:00:02.500");
  EXPECT_THAT(credited({heal}, saved_at("12:00:03.000")), ElementsAre(heal.id));
}

/// Of an incident whose proof was put off until the end.
IncidentRecord unproven() {
  IncidentRecord incident = heal_from_to("12:00:00.100", "12:00:02.500");
  incident.state = IncidentState::mitigated;
  incident.report =
      R"({"outcome":{"state":"mitigated","mitigated_by":"nproc-limit","put_off":true}})";
  return incident;
}

TEST(Provisional, ASaveSpeaksForWhatWasNotProvenYetAndForNoBridge) {
  EXPECT_THAT(credited({unproven()}, saved_at("12:00:03.000")), ElementsAre(unproven().id));
  EXPECT_THAT(credited({unproven()}, saved_at("12:00:01.000")), IsEmpty());
  IncidentRecord bridge = unproven();
  bridge.report =
      R"({"outcome":{"state":"mitigated","mitigated_by":"stop-writes","put_off":false}})";
  EXPECT_THAT(credited({bridge}, saved_at("12:00:03.000")), IsEmpty());
  for (const auto* report :
       {"", "{", "[]", R"({"outcome":7})", R"({"outcome":{"put_off":true}})"}) {
    bridge.report = report;
    EXPECT_FALSE(awaits_own_save(bridge)) << report;
  }
  IncidentRecord undone = unproven();
  undone.state = IncidentState::rolled_back;
  EXPECT_FALSE(awaits_own_save(undone));
}

TEST(Provisional, WhatASaveHasProvenIsHealed) {
  const testing::TempDir dir;
  const std::string state = (dir.path() / "state").string();
  const IncidentRecord incident = unproven();
  {
    const auto journal = Journal::open(state).value();
    ASSERT_TRUE(journal->open_incident(incident));
    ASSERT_TRUE(journal->close_incident(incident.id, IncidentState::mitigated, incident.report));
  }
  const WallTime later = read_clock().wall + std::chrono::seconds(5);
  const auto credits =
      credit_save(state, kServer, {.from = later, .to = later}, policy::Rails{}, read_clock());
  ASSERT_TRUE(credits) << credits.error().message;
  EXPECT_THAT(*credits, ElementsAre(incident.id));
  const auto journal = Journal::open_read_only(state).value();
  const auto proven = journal->incident(incident.id).value();
  EXPECT_EQ(proven.state, IncidentState::healed);
  EXPECT_EQ(proven.own_saves, 1);
  EXPECT_THAT(proven.report, HasSubstr(R"("healed_by":"nproc-limit")"));
  EXPECT_EQ(journal->ledger()->size(), 1U);
}

TEST(Provisional, ALaterProofSettlesWhatAwaitsOneOnThatServerAlone) {
  const testing::TempDir dir;
  const auto journal = Journal::open((dir.path() / "state").string()).value();
  IncidentRecord other = unproven();
  other.id = "i-other";
  other.instance = "redis://127.0.0.1:6380";
  for (const IncidentRecord& one : {unproven(), other}) {
    ASSERT_TRUE(journal->open_incident(one));
    ASSERT_TRUE(journal->close_incident(one.id, IncidentState::mitigated, one.report));
  }
  ASSERT_TRUE(settle_unproven(*journal, journal->incidents(std::nullopt).value(), kServer, "i-x"));
  EXPECT_EQ(journal->incident(unproven().id)->state, IncidentState::healed);
  EXPECT_EQ(journal->incident(other.id)->state, IncidentState::mitigated);
}

TEST(Provisional, TheSaveThatProvedItDoesNot) {
  const auto heal = heal_from_to("12:00:00.900", "12:00:02.500");
  for (const auto* second : {"12:00:00.000", "12:00:01.000", "12:00:02.000"}) {
    EXPECT_THAT(credited({heal}, saved_at(second)), IsEmpty()) << second;
  }
}

TEST(Provisional, ASaveOfALaterIncidentIsNobodysOwn) {
  const auto heal = heal_from_to("12:00:00.000", "12:00:02.500");
  IncidentRecord later = heal_from_to("12:05:00.000", "12:05:02.000");
  later.state = IncidentState::not_healed;
  EXPECT_THAT(credited({heal, later}, saved_at("12:05:01.000")), IsEmpty());
  EXPECT_THAT(credited({heal, later}, saved_at("12:05:03.000")), ElementsAre(heal.id));
  later.closed.reset();
  EXPECT_THAT(credited({heal, later}, saved_at("12:09:00.000")), IsEmpty()) << "it goes on";
}

/// Of a rewrite it is only known between which two polls it ended.
TEST(Provisional, ARewriteThatMayBeOursIsNot) {
  const auto heal = heal_from_to("12:00:00.000", "12:00:02.500");
  EXPECT_THAT(credited({heal}, {time_at("12:00:02.000"), time_at("12:00:03.000")}), IsEmpty());
  EXPECT_THAT(credited({heal}, {time_at("12:00:03.000"), time_at("12:00:04.000")}),
              ElementsAre(heal.id));
}

TEST(Provisional, OnlyUntilItHasLasted) {
  IncidentRecord heal = heal_from_to("12:00:00.000", "12:00:02.500");
  heal.own_saves = 2;
  EXPECT_TRUE(is_provisional(heal, policy::Rails{}, ten_past_noon()));
  EXPECT_THAT(credited({heal}, saved_at("12:01:00.000")), ElementsAre(heal.id));
  heal.own_saves = 3;
  EXPECT_FALSE(is_provisional(heal, policy::Rails{}, ten_past_noon()));
  EXPECT_THAT(credited({heal}, saved_at("12:01:00.000")), IsEmpty());
  heal = heal_from_to("11:00:00.000", "11:39:00.000");
  EXPECT_FALSE(is_provisional(heal, policy::Rails{}, ten_past_noon())) << "stable_after";
}

TEST(Provisional, OfThatServerAndOfHealsAlone) {
  IncidentRecord other = heal_from_to("12:00:00.000", "12:00:02.500");
  other.instance = "redis://127.0.0.1:6380";
  IncidentRecord failed = heal_from_to("12:00:00.000", "12:00:02.500");
  failed.state = IncidentState::mitigated;
  EXPECT_THAT(credited({other, failed}, saved_at("12:01:00.000")), IsEmpty());
}

TEST(Provisional, AClockThatWasSetBackCreditsNothing) {
  const auto heal = heal_from_to("12:09:00.000", "12:09:02.500");
  EXPECT_THAT(credited({heal}, saved_at("11:30:00.000")), IsEmpty());
}

TEST(Provisional, IsCountedAndNotedInTheJournal) {
  const testing::TempDir dir;
  const std::string state_dir = (dir.path() / "state").string();
  const Now now = read_clock();
  const SaveTime save{now.wall, now.wall + std::chrono::seconds(1)};
  const policy::Rails rails;
  ASSERT_TRUE(credit_save(state_dir, kServer, save, rails, now));
  EXPECT_FALSE(Journal::open_read_only(state_dir)) << "without a journal none is made";
  const auto journal = Journal::open(state_dir).value();
  IncidentRecord heal = heal_from_to("12:00:00.000", "12:00:02.500");
  heal.opened = now.wall - std::chrono::seconds(9);
  heal.closed = now.wall - std::chrono::seconds(5);
  ASSERT_TRUE(journal->open_incident(heal));
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(*credit_save(state_dir, kServer, save, rails, now), ElementsAre(heal.id));
  }
  EXPECT_THAT(*credit_save(state_dir, kServer, save, rails, now), IsEmpty());
  EXPECT_EQ(journal->incident(heal.id)->own_saves, 3);
  const auto events = journal->events(heal.id).value();
  ASSERT_EQ(events.size(), 3U);
  EXPECT_THAT(events.front().text, HasSubstr("1 of 3 saves"));
  EXPECT_THAT(events.back().text, HasSubstr("not provisional any more"));
}

}  // namespace
}  // namespace forkmend::engine
