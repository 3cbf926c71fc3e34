// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "remediations/fails_at_each_step.hpp"
#include "remediations/planning.hpp"

namespace forkmend::remediations {
namespace {

using ::testing::HasSubstr;
using testing::notes_of;
using testing::Planning;

/// Redis 7.0 whose child 900 is stopped.
Planning stopped() {
  Planning planning("cancel-child", {});
  planning.set(testing::own_host());
  planning.set(testing::local_server());
  planning.set({{"redis.redis_version", std::string("7.0.15")},
                {"redis.rdb_bgsave_in_progress", std::int64_t{1}},
                {"instance.child.pid", std::int64_t{900}},
                {"instance.child.start_time", std::int64_t{5000}},
                {"instance.child.state", std::string("T")}});
  return planning;
}

Planning asleep() {
  Planning planning = stopped();
  planning.set({{"instance.child.state", std::string("S")}});
  planning.blame("hung-child");
  return planning;
}

TEST(CancelChild, LetsAStoppedChildTakeTheSignal) {
  const Planning planning = stopped();
  EXPECT_EQ(planning.probe().answer, Applicability::applicable);
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.steps.size(), 2U);
  const Step& first = proposal.steps[0];
  EXPECT_EQ(first.target.type, StepType::signal);
  EXPECT_EQ(first.target.name, "SIGUSR1");
  EXPECT_EQ(first.target.pid, 900);
  EXPECT_EQ(first.target.process_start, 5000U);
  EXPECT_EQ(first.before, std::nullopt);
  EXPECT_EQ(first.after, std::nullopt);
  EXPECT_EQ(first.risk, Risk::disruptive);
  EXPECT_EQ(first.shell, "kill -s USR1 900");
  EXPECT_EQ(proposal.steps[1].target.name, "SIGCONT");
  EXPECT_EQ(proposal.steps[1].shell, "kill -s CONT 900");
}

TEST(CancelChild, NeedsNoMoreThanOneSignalForAChildThatSleeps) {
  const Proposal proposal = asleep().proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  EXPECT_EQ(proposal.steps[0].target.name, "SIGUSR1");
}

TEST(CancelChild, AsksTheServerWhereItCan) {
  Planning planning = asleep();
  planning.set({{"redis.valkey_version", std::string("8.1.0")}});
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  EXPECT_EQ(proposal.steps[0].target.type, StepType::server_command);
  EXPECT_EQ(proposal.steps[0].target.name, "BGSAVE CANCEL");
  EXPECT_EQ(proposal.steps[0].target.run_id, "0123456789abcdef0123456789abcdef01234567");
  EXPECT_EQ(proposal.steps[0].shell, "redis-cli -u redis://127.0.0.1:6379 bgsave cancel");
}

TEST(CancelChild, SendsTheSignalWhereTheServerHasNoSuchCommand) {
  Planning planning = asleep();
  planning.set({{"redis.valkey_version", std::string("8.0.2")}});
  EXPECT_EQ(planning.proposal().steps[0].target.type, StepType::signal);
  // BGSAVE CANCEL does not end an AOF rewrite.
  planning.set({{"redis.valkey_version", std::string("9.0.0")},
                {"redis.rdb_bgsave_in_progress", std::int64_t{0}}});
  EXPECT_EQ(planning.proposal().steps[0].target.type, StepType::signal);
}

TEST(CancelChild, LeavesAChildThatNothingSpeaksAgainstAlone) {
  Planning planning = stopped();
  planning.set({{"instance.child.state", std::string("R")}});
  EXPECT_EQ(planning.probe().answer, Applicability::not_applicable);
  EXPECT_EQ(planning.refusal(), "nothing says that the child hangs: it may be saving");
}

TEST(CancelChild, LeavesAChildAloneThatNoSignalReaches) {
  for (const auto& [state, says] :
       {std::pair{"D", "no signal reaches it"}, {"t", "a debugger"}, {"Z", "has ended"}}) {
    Planning planning = asleep();
    planning.set({{"instance.child.state", std::string(state)}});
    EXPECT_THAT(planning.refusal(), HasSubstr(says)) << state;
  }
}

TEST(CancelChild, SaysWhatOneLookDoesNotShow) {
  Planning planning = asleep();
  EXPECT_THAT(notes_of(planning.proposal()), HasSubstr("the server does not count the keys"));
  planning.set({{"redis.current_save_keys_processed", std::int64_t{1200}},
                {"redis.current_save_keys_total", std::int64_t{5000}}});
  EXPECT_THAT(notes_of(planning.proposal()), HasSubstr("1,200 of 5,000 keys so far"));
}

TEST(CancelChild, WarnsOfServersThatTakeItForAFailedSave) {
  Planning planning = asleep();
  EXPECT_THAT(notes_of(planning.proposal()), ::testing::Not(HasSubstr("before 5.0")));
  planning.set({{"redis.redis_version", std::string("4.0.14")}});
  EXPECT_THAT(notes_of(planning.proposal()), HasSubstr("before 5.0"));
}

TEST(CancelChild, DoesNotApplyWithoutAChild) {
  Planning planning = stopped();
  planning.facts.set_missing("instance.child.pid", FactState::not_applicable, "test", "no child");
  EXPECT_EQ(planning.probe().answer, Applicability::not_applicable);
}

TEST(CancelChild, LeavesTheHostAsItWasWhereverItFails) {
  testing::fails_at_each_step(stopped());
}

}  // namespace
}  // namespace forkmend::remediations
