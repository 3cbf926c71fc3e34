// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include <algorithm>

#include "agent/engine/changes.hpp"
#include "agent/engine/run_sql.hpp"
#include "engine/journal.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

using testing::journal_with_incident;
using testing::run_sql;
using testing::TempDir;

constexpr const char* kIncident = "i-20260821T031502-0001";

TEST(JournalOfIncidents, KeepsIncidentsWithTheirEvents) {
  const TempDir dir;
  {
    const auto journal = journal_with_incident(dir.path());
    ASSERT_TRUE(journal->note(kIncident, "applied vm.overcommit_memory"));
    ASSERT_TRUE(journal->note(kIncident, "saved"));
    ASSERT_TRUE(journal->close_incident(kIncident, IncidentState::healed, "{\"ok\":true}"));
  }
  const auto journal = Journal::open(dir.path()).value();
  const auto incident = journal->incident(kIncident);
  ASSERT_TRUE(incident) << incident.error().message;
  EXPECT_EQ(incident->state, IncidentState::healed);
  EXPECT_EQ(incident->instance, "redis://127.0.0.1:6379");
  EXPECT_EQ(incident->report, "{\"ok\":true}");
  EXPECT_TRUE(incident->closed);
  const auto events = journal->events(kIncident);
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 2U);
  EXPECT_EQ(events->front().text, "applied vm.overcommit_memory");
}

TEST(JournalOfIncidents, KnowsTheBootTimeOfIncidentsOfThisBootOnly) {
  const TempDir dir;
  const auto journal = Journal::open(dir.path()).value();
  IncidentRecord incident;
  incident.id = "i-20260821T031502-0009";
  incident.opened_boot = std::chrono::seconds(7);
  ASSERT_TRUE(journal->open_incident(incident));
  EXPECT_EQ(journal->incident(incident.id)->opened_boot, std::chrono::seconds(7));
  EXPECT_FALSE(journal->incident(incident.id)->closed_boot);
  ASSERT_TRUE(journal->close_incident(incident.id, IncidentState::healed, "{}"));
  const auto closed = journal->incident(incident.id);
  EXPECT_LT(read_clock().boot - closed->closed_boot.value(), std::chrono::minutes(1));
  run_sql(dir.path() / "journal.db", "UPDATE boot_time SET boot = 'another'");
  const auto of_before = journal->incident(incident.id);
  EXPECT_FALSE(of_before->opened_boot);
  EXPECT_FALSE(of_before->closed_boot);
  ASSERT_TRUE(journal->close_incident(incident.id, IncidentState::rolled_back, "{}"));
  EXPECT_FALSE(journal->incident(incident.id)->closed_boot) << "of the boot before";
}

TEST(JournalOfIncidents, OpensAnIncidentWithWhatIsKnownOfItOrNotAtAll) {
  const TempDir dir;
  const auto journal = Journal::open(dir.path()).value();
  IncidentRecord incident;
  incident.id = kIncident;
  incident.opened_boot = std::chrono::seconds(7);
  incident.host_incident = kIncident;
  run_sql(dir.path() / "journal.db",
          "CREATE TRIGGER broken BEFORE INSERT ON event WHEN NEW.text = 'second'"
          " BEGIN SELECT RAISE(ABORT, 'no second one'); END");
  ASSERT_FALSE(journal->open_incident(incident, {"first", "second"}));
  EXPECT_FALSE(journal->incident(kIncident));
  EXPECT_TRUE(journal->events(kIncident)->empty());
  run_sql(dir.path() / "journal.db", "DROP TRIGGER broken");
  ASSERT_TRUE(journal->open_incident(incident, {"first", "second"}));
  const auto events = journal->events(kIncident);
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 2U);
  EXPECT_EQ(events->back().text, "second");
}

TEST(JournalOfIncidents, ListsIncidentsSinceATime) {
  const TempDir dir;
  const auto journal = Journal::open(dir.path()).value();
  IncidentRecord incident;
  for (const int hours : {1, 2, 3}) {
    incident.opened = WallTime(std::chrono::hours(hours));
    incident.id = new_incident_id(incident.opened, 7);
    ASSERT_TRUE(journal->open_incident(incident));
  }
  const auto late = journal->incidents(WallTime(std::chrono::hours(2)));
  ASSERT_TRUE(late);
  ASSERT_EQ(late->size(), 2U);
  EXPECT_EQ(late->front().id, "i-19700101T020000-0007");
  EXPECT_EQ(late->front().opened, WallTime(std::chrono::hours(2)));
  EXPECT_EQ(journal->incidents(std::nullopt)->size(), 3U);
}

TEST(JournalOfIncidents, ListsTheReportsOfTheNewestAlone) {
  const TempDir dir;
  const auto journal = Journal::open(dir.path()).value();
  IncidentRecord incident;
  incident.report = "{}";
  for (int minutes = 0; minutes < 101; ++minutes) {
    // Recorded in this order, though the clock was set back before the last one.
    incident.opened = WallTime(std::chrono::minutes(minutes == 100 ? 0 : minutes));
    incident.id = new_incident_id(incident.opened, static_cast<std::uint16_t>(minutes));
    ASSERT_TRUE(journal->open_incident(incident));
  }
  const auto all = journal->incidents(std::nullopt).value();
  ASSERT_EQ(all.size(), 101U);
  const auto without = std::ranges::find(all, "", &IncidentRecord::report);
  ASSERT_NE(without, all.end());
  EXPECT_EQ(without->id, new_incident_id(WallTime(), 0));
  EXPECT_EQ(std::ranges::count(all, "{}", &IncidentRecord::report), 100);
  EXPECT_EQ(journal->incident(without->id)->report, "{}");
}

}  // namespace
}  // namespace forkmend::engine
