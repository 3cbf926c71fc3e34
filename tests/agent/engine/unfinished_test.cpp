// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/unfinished.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "agent/engine/await.hpp"
#include "agent/engine/changes.hpp"
#include "base/log.hpp"
#include "engine/recorded_changes.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

using remediations::StepType;
using testing::await;
using testing::Files;
using ::testing::HasSubstr;
using testing::HostTree;

constexpr const char* kKnob = "/proc/sys/kernel/threads-max";
constexpr const char* kIncident = "i-20260821T031502-0001";

/// An incident that is open, with a change that is in force: its forkmend is dead.
class Unfinished : public ::testing::Test {
 protected:
  Unfinished() {
    log::set_level(log::Level::error);
    const auto done = await(apply_step(
        journal_.get(), &actuator_,
        testing::change_of(testing::step(StepType::sysctl, "kernel.threads-max", "100", "200"))));
    EXPECT_EQ(done->state, ChangeState::applied);
  }
  ~Unfinished() override { log::set_level(log::Level::info); }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  void finish_at(WallTime now) {
    const auto done = await(finish_unfinished(journal_.get(), &actuator_, {}, now));
    ASSERT_TRUE(done) << done.error().message;
  }

  /// Reads and writes of the knob fail from now on.
  void break_knob() {
    std::filesystem::remove(tree_.root().at(kKnob));
    std::filesystem::create_directory(tree_.root().at(kKnob));
  }

  testing::TempDir dir_;
  HostTree tree_{Files{{kKnob, "100\n"}}};
  std::unique_ptr<Journal> journal_ = testing::journal_with_incident(dir_.path());
  LiveActuator actuator_ = testing::actuator_on(tree_.root());
  WallTime now_ = read_clock().wall;
};

TEST_F(Unfinished, IsUndoneAndClosedWithANote) {
  EXPECT_EQ(any_unfinished(*journal_, now_).value(), true);
  finish_at(now_);
  EXPECT_EQ(tree_.read(kKnob), "100\n");
  EXPECT_EQ(journal_->incident(kIncident)->state, IncidentState::rolled_back);
  EXPECT_EQ(journal_->incident(kIncident)->report, "{\"schema\":1}");
  EXPECT_THAT(journal_->events(kIncident)->back().text, HasSubstr("ended in the middle"));
  EXPECT_EQ(any_unfinished(*journal_, now_).value(), false);
}

TEST_F(Unfinished, LeavesWhatIsClosed) {
  ASSERT_TRUE(journal_->close_incident(kIncident, IncidentState::healed, "{}"));
  EXPECT_EQ(any_unfinished(*journal_, now_).value(), false);
  finish_at(now_);
  EXPECT_EQ(tree_.read(kKnob), "200\n");
  EXPECT_EQ(journal_->incident(kIncident)->state, IncidentState::healed);
}

TEST_F(Unfinished, LeavesAnAdministratorsValue) {
  tree_.write(kKnob, "77\n");
  finish_at(now_);
  EXPECT_EQ(tree_.read(kKnob), "77\n");
  EXPECT_EQ(journal_->changes(kIncident)->front().state, ChangeState::released);
  EXPECT_EQ(journal_->incident(kIncident)->state, IncidentState::rolled_back);
}

TEST_F(Unfinished, IsTriedAgainEveryMinuteAndToldOnce) {
  break_knob();
  finish_at(now_);
  EXPECT_EQ(journal_->incident(kIncident)->state, IncidentState::open);
  const auto told = journal_->events(kIncident)->size();
  const WallTime failed = journal_->changes(kIncident)->front().at;
  EXPECT_EQ(any_unfinished(*journal_, failed + std::chrono::seconds(59)).value(), false);
  EXPECT_EQ(any_unfinished(*journal_, failed + std::chrono::minutes(1)).value(), true);
  finish_at(failed + std::chrono::minutes(1));
  EXPECT_EQ(journal_->events(kIncident)->size(), told) << "nothing is new";
}

TEST_F(Unfinished, IsTriedAgainWhenTheClockWasSetBack) {
  break_knob();
  finish_at(now_);
  EXPECT_EQ(any_unfinished(*journal_, now_ - std::chrono::hours(1)).value(), true);
}

TEST_F(Unfinished, ARollbackThatWasKilledIsFinished) {
  ASSERT_TRUE(journal_->close_incident(kIncident, IncidentState::healed, "{}"));
  // What rollback does first.
  ASSERT_TRUE(journal_->close_incident(kIncident, IncidentState::open, "{}"));
  finish_at(now_);
  EXPECT_EQ(tree_.read(kKnob), "100\n");
  EXPECT_EQ(journal_->incident(kIncident)->state, IncidentState::rolled_back);
}

TEST(UnfinishedIncident, WithoutAChangeIsClosed) {
  const testing::TempDir dir;
  const HostTree tree(Files{{kKnob, "100\n"}});
  const auto journal = testing::journal_with_incident(dir.path());
  auto actuator = testing::actuator_on(tree.root());
  log::set_level(log::Level::error);
  ASSERT_TRUE(await(finish_unfinished(journal.get(), &actuator, {}, read_clock().wall)));
  log::set_level(log::Level::info);
  EXPECT_EQ(journal->incident(kIncident)->state, IncidentState::rolled_back);
}

}  // namespace
}  // namespace forkmend::engine
