// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agent/engine/plan_case.hpp"
#include "base/units.hpp"
#include "engine/escalation.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::PlanCase;
using testing::TempDir;

LedgerEntry entry(const char* remedy, std::int64_t healed, std::int64_t failed,
                  std::int64_t relapsed = 0) {
  return {.remedy = remedy,
          .cause = "commit-limit",
          .healed = healed,
          .mitigated = 0,
          .failed = failed,
          .relapsed = relapsed,
          .last = {}};
}

TEST(Ledger, DemotesWhatNeverHealedForGood) {
  EXPECT_FALSE(is_demoted(entry("thp", 0, 2))) << "too few tries";
  EXPECT_TRUE(is_demoted(entry("thp", 0, 3)));
  EXPECT_FALSE(is_demoted(entry("thp", 1, 30))) << "it did heal once";
  EXPECT_TRUE(is_demoted(entry("thp", 3, 0, 3))) << "it never lasted";
  EXPECT_FALSE(is_demoted(entry("thp", 3, 0, 2))) << "it lasted once";
  LedgerEntry bridge = entry("stop-writes", 0, 3);
  bridge.mitigated = 1;
  EXPECT_FALSE(is_demoted(bridge));
}

TEST(Ledger, SaysWhy) {
  EXPECT_EQ(judgement(entry("thp", 1, 2, 1)),
            "never healed commit-limit for good in 3 tries (2 failed, 1 did not last)");
}

std::vector<std::string> order_of(const Plan& plan) {
  std::vector<std::string> remedies;
  for (const Attempt& attempt : plan.attempts) remedies.push_back(attempt.remedy);
  return remedies;
}

struct TwoRemedies : PlanCase {
  TwoRemedies() {
    try_remedy("overcommit-limit");
    try_remedy("overcommit-memory");
  }
};

TEST(Demotion, PutsItBehindTheOthersAndSaysSo) {
  TwoRemedies one;
  ASSERT_THAT(order_of(one.plan()), ElementsAre("overcommit-limit", "overcommit-memory"));
  one.ledger = {entry("overcommit-limit", 0, 3)};
  const Plan plan = one.plan();
  ASSERT_THAT(order_of(plan), ElementsAre("overcommit-memory", "overcommit-limit"));
  EXPECT_THAT(plan.attempts.front().because,
              HasSubstr("it goes before overcommit-limit, which never healed commit-limit"));
  EXPECT_THAT(plan.attempts.back().because,
              HasSubstr("it goes last: it never healed commit-limit for good in 3 tries"));
  EXPECT_THAT(plan.attempts.back().because, HasSubstr("forkmend history remedies"));
}

TEST(Demotion, IsForThatCauseOnly) {
  TwoRemedies one;
  one.ledger = {entry("overcommit-limit", 0, 9)};
  one.ledger.front().cause = "nproc-limit";
  EXPECT_THAT(order_of(one.plan()), ElementsAre("overcommit-limit", "overcommit-memory"));
}

TEST(Demotion, KeepsTheOnlyRemedyAndSaysSo) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  one.ledger = {entry("overcommit-limit", 0, 3)};
  const Plan plan = one.plan();
  ASSERT_THAT(order_of(plan), ElementsAre("overcommit-limit"));
  EXPECT_THAT(plan.attempts.front().because, HasSubstr("the rule has nothing better"));
}

constexpr const char* kServer = "redis://127.0.0.1:6379";

WallTime noon() {
  return *parse_time("2026-11-25T12:00:00.000Z");
}

IncidentRecord incident(const char* id, std::chrono::minutes ago, IncidentState state) {
  IncidentRecord record;
  record.id = id;
  record.instance = kServer;
  record.cause = "commit-limit";
  record.state = state;
  record.opened = noon() - ago;
  record.closed = noon() - ago;
  record.report = R"({"outcome":{"healed_by":"overcommit-limit"}})";
  return record;
}

std::optional<RecentHeal> relapse_of(const std::vector<IncidentRecord>& history) {
  return relapse(history, kServer, "commit-limit", policy::Rails{}, Now{noon(), {}});
}

TEST(Relapse, IsTheSameCauseWithinStableAfter) {
  const auto found = relapse_of({incident("i-1", std::chrono::minutes(29), IncidentState::healed)});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->remedy, "overcommit-limit");
  EXPECT_EQ(found->incident, "i-1");
  EXPECT_FALSE(relapse_of({incident("i-1", std::chrono::minutes(30), IncidentState::healed)}));
  IncidentRecord other = incident("i-1", std::chrono::minutes(5), IncidentState::healed);
  other.cause = "nproc-limit";
  EXPECT_FALSE(relapse_of({other}));
}

TEST(Relapse, IsChargedOnceForEachHeal) {
  const auto healed = incident("i-1", std::chrono::minutes(20), IncidentState::healed);
  EXPECT_FALSE(
      relapse_of({healed, incident("i-2", std::chrono::minutes(10), IncidentState::not_healed)}));
  EXPECT_FALSE(relapse_of({incident("i-1", std::chrono::minutes(20), IncidentState::rolled_back)}))
      << "taken back by a person";
}

std::unique_ptr<Journal> journal_in(const TempDir& dir) {
  return Journal::open((dir.path() / "state").string()).value();
}

TEST(LedgerInJournal, CountsAndOutlivesItsIncidents) {
  const TempDir dir;
  const auto journal = journal_in(dir);
  using enum RemedyOutcome;
  for (const RemedyOutcome outcome : {failed, failed, healed, relapsed, mitigated}) {
    ASSERT_TRUE(journal->count("thp", "commit-limit", outcome));
  }
  ASSERT_TRUE(journal->count("thp", "nproc-limit", healed));
  ASSERT_TRUE(journal->prune(read_clock().wall + std::chrono::hours(1)));
  const Ledger ledger = recorded_ledger((dir.path() / "state").string());
  ASSERT_EQ(ledger.size(), 2U);
  const LedgerEntry* found = find_entry(ledger, "thp", "commit-limit");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->failed, 2);
  EXPECT_EQ(found->healed, 1);
  EXPECT_EQ(found->relapsed, 1);
  EXPECT_EQ(found->mitigated, 1);
  EXPECT_LT(read_clock().wall - found->last, std::chrono::minutes(1));
  EXPECT_EQ(find_entry(ledger, "swapfile", "commit-limit"), nullptr);
}

TEST(LedgerInJournal, IsEmptyWithoutAJournal) {
  const TempDir dir;
  EXPECT_TRUE(recorded_ledger((dir.path() / "none").string()).empty());
}

}  // namespace
}  // namespace forkmend::engine
