// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/rollback.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "agent/engine/await.hpp"
#include "agent/engine/changes.hpp"
#include "engine/dry_run_actuator.hpp"
#include "engine/recorded_changes.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

using remediations::StepType;
using testing::actuator_on;
using testing::await;
using testing::change_of;
using testing::Files;
using testing::HostTree;
using testing::TempDir;

constexpr const char* kKnob = "/proc/sys/kernel/threads-max";
constexpr const char* kHealed = "i-20260821T031502-0001";

/// A journal with two changes in force on one knob: 100 -> 200 -> 300.
class Rollback : public ::testing::Test {
 protected:
  Rollback() {
    for (const auto& [from, to] : {std::pair{"100", "200"}, std::pair{"200", "300"}}) {
      const auto done = await(
          apply_step(journal_.get(), &actuator_,
                     change_of(testing::step(StepType::sysctl, "kernel.threads-max", from, to))));
      EXPECT_EQ(done->state, ChangeState::applied) << done->comment;
    }
  }

  Result<std::vector<RollbackItem>> roll_back(std::string selector) {
    RollbackOptions options{.selector = std::move(selector), .all = false};
    return await(rollback(journal_.get(), &actuator_, std::move(options)));
  }

  TempDir dir_;
  HostTree tree_{Files{{kKnob, "100\n"}}};
  std::unique_ptr<Journal> journal_ = testing::journal_with_incident(dir_.path());
  LiveActuator actuator_ = actuator_on(tree_.root());
};

TEST_F(Rollback, UndoesAnIncidentNewestFirst) {
  const auto items = roll_back(kHealed);
  ASSERT_TRUE(items) << items.error().message;
  ASSERT_EQ(items->size(), 2U);
  EXPECT_EQ(items->at(0).change.step.after, "300");
  EXPECT_EQ(items->at(1).result, ChangeState::undone);
  EXPECT_EQ(tree_.read(kKnob), "100\n");
  const auto incident = journal_->incident(kHealed);
  EXPECT_EQ(incident->state, IncidentState::rolled_back);
  EXPECT_EQ(incident->report, "{\"schema\":1}") << "the report stays";
}

TEST_F(Rollback, UndoesOneChangeByItsNumber) {
  const auto items = roll_back("2");
  ASSERT_TRUE(items) << items.error().message;
  ASSERT_EQ(items->size(), 1U);
  EXPECT_EQ(tree_.read(kKnob), "200\n");
  EXPECT_EQ(journal_->incident(kHealed)->state, IncidentState::open);
  const auto again = roll_back("2");
  ASSERT_EQ(again->size(), 1U);
  EXPECT_EQ(again->front().result, ChangeState::undone);
  EXPECT_TRUE(again->front().says.starts_with("nothing to undo: it is undone"));
}

TEST_F(Rollback, LeavesAnOlderChangeUnderANewerOne) {
  const auto items = roll_back("1");
  ASSERT_EQ(items->size(), 1U);
  EXPECT_EQ(items->front().result, ChangeState::released);
  EXPECT_EQ(tree_.read(kKnob), "300\n");
}

TEST_F(Rollback, KnowsOnlyWhatTheJournalKnows) {
  EXPECT_EQ(roll_back("i-none").error().code, Errc::not_found);
  EXPECT_EQ(roll_back("99").error().code, Errc::not_found);
  EXPECT_EQ(roll_back("").error().code, Errc::not_found);
  ASSERT_TRUE(roll_back(kHealed));
  EXPECT_TRUE(roll_back(kHealed)->empty()) << "nothing is in force any more";
}

TEST_F(Rollback, ClosesAnIncidentWhoseLastChangeIsReleased) {
  tree_.write(kKnob, "999\n");
  const auto items = roll_back(kHealed);
  EXPECT_EQ(items->at(0).result, ChangeState::released);
  EXPECT_EQ(items->at(1).result, ChangeState::released);
  EXPECT_EQ(tree_.read(kKnob), "999\n");
  EXPECT_EQ(journal_->incident(kHealed)->state, IncidentState::rolled_back);
}

TEST_F(Rollback, LeavesAnIncidentAsItWasWhenSomethingCannotBeUndone) {
  ASSERT_TRUE(journal_->close_incident(kHealed, IncidentState::healed, "{}"));
  std::filesystem::remove(tree_.root().at(kKnob));
  std::filesystem::create_directory(tree_.root().at(kKnob));
  EXPECT_EQ(roll_back(kHealed)->front().result, ChangeState::undo_failed);
  EXPECT_EQ(journal_->incident(kHealed)->state, IncidentState::healed);
}

TEST_F(Rollback, ShowsBeforehandWhatItWouldDo) {
  const auto before = tree_.snapshot();
  const auto reader = Journal::open_read_only(dir_.path()).value();
  DryRunActuator dry(&actuator_);
  const auto items = await(rollback_preview(reader.get(), &dry, {.selector = "", .all = true}));
  ASSERT_TRUE(items) << items.error().message;
  ASSERT_EQ(items->size(), 2U);
  EXPECT_EQ(items->at(0).says, "would run: undo it");
  EXPECT_EQ(items->at(1).result, ChangeState::undone) << items->at(1).says;
  EXPECT_EQ(dry.requests().size(), 2U);
  EXPECT_EQ(dry.requests().back().value, "100");
  EXPECT_EQ(tree_.snapshot(), before);
  EXPECT_EQ(journal_->changes_in_force()->size(), 2U);
}

TEST(DryRun, RemembersWhatItWouldHaveWritten) {
  const HostTree tree(Files{{kKnob, "100\n"}});
  auto live = actuator_on(tree.root());
  DryRunActuator dry(&live);
  remediations::Target knob;
  knob.type = StepType::sysctl;
  knob.name = "kernel.threads-max";
  EXPECT_EQ(await(dry.read(knob)).value(), "100");
  EXPECT_EQ(await(dry.change({.target = knob, .expected = "7", .value = "8"})).error().code,
            Errc::changed);
  ASSERT_TRUE(await(dry.change({.target = knob, .expected = "100", .value = "200"})));
  EXPECT_EQ(await(dry.read(knob)).value(), "200");
  ASSERT_TRUE(await(dry.change({.target = knob, .expected = "200", .value = "300"})));
  EXPECT_EQ(await(dry.read(knob)).value(), "300");
  EXPECT_EQ(dry.requests().size(), 2U);
  EXPECT_EQ(tree.read(kKnob), "100\n");
}

}  // namespace
}  // namespace forkmend::engine
