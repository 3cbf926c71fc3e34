// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/leases.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "agent/engine/await.hpp"
#include "agent/engine/changes.hpp"
#include "engine/recorded_changes.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

using remediations::StepType;
using std::chrono::minutes;
using testing::await;
using testing::Files;
using ::testing::HasSubstr;
using testing::HostTree;

constexpr const char* kKnob = "/proc/sys/kernel/threads-max";
constexpr const char* kIncident = "i-20260821T031502-0001";

ChangeRecord leased(ChangeState state, WallTime at) {
  ChangeRecord change =
      testing::change_of(testing::step(StepType::sysctl, "kernel.threads-max", "100", "200"));
  change.step.lease = 600;
  change.state = state;
  change.at = at;
  return change;
}

TEST(Leases, AreOverAtTheirEndAndNotBefore) {
  const WallTime at = read_clock().wall;
  const ChangeRecord change = leased(ChangeState::applied, at);
  EXPECT_FALSE(lease_is_over(change, at));
  EXPECT_FALSE(lease_is_over(change, at + minutes(9)));
  EXPECT_TRUE(lease_is_over(change, at + minutes(10)));
  EXPECT_EQ(lease_end(change), at + minutes(10));
}

TEST(Leases, AreOverWhenTheClockWasSetBack) {
  const WallTime at = read_clock().wall;
  EXPECT_TRUE(lease_is_over(leased(ChangeState::applied, at), at - minutes(1)));
}

TEST(Leases, AreTriedAgainAfterAFailedUndo) {
  const WallTime at = read_clock().wall;
  EXPECT_FALSE(lease_is_over(leased(ChangeState::undo_failed, at), at));
  EXPECT_TRUE(lease_is_over(leased(ChangeState::undo_failed, at), at + minutes(1)));
}

TEST(Leases, AChangeWithoutOneStays) {
  const WallTime at = read_clock().wall;
  ChangeRecord change = leased(ChangeState::applied, at);
  change.step.lease = 0;
  EXPECT_FALSE(lease_is_over(change, at + minutes(100000)));
  EXPECT_EQ(lease_end(change), std::nullopt);
}

/// A change with a lease and one without, both in force.
class LeasedChanges : public ::testing::Test {
 protected:
  LeasedChanges() {
    const WallTime now = read_clock().wall;
    const auto leased_one =
        await(apply_step(journal_.get(), &actuator_, leased(ChangeState::intended, now)));
    EXPECT_EQ(leased_one->state, ChangeState::applied);
    auto lasting = testing::step(StepType::sysctl, "vm.overcommit_memory", "0", "1");
    const auto other =
        await(apply_step(journal_.get(), &actuator_, testing::change_of(std::move(lasting))));
    EXPECT_EQ(other->state, ChangeState::applied);
  }

  std::vector<RollbackItem> end_at(WallTime now) {
    return await(end_leases(journal_.get(), &actuator_, {}, now)).value();
  }

  testing::TempDir dir_;
  HostTree tree_{Files{{kKnob, "100\n"}, {"/proc/sys/vm/overcommit_memory", "0\n"}}};
  std::unique_ptr<Journal> journal_ = testing::journal_with_incident(dir_.path());
  LiveActuator actuator_ = testing::actuator_on(tree_.root());
};

TEST_F(LeasedChanges, StayUntilTheirEnd) {
  EXPECT_TRUE(end_at(read_clock().wall).empty());
  EXPECT_EQ(tree_.read(kKnob), "200\n");
}

TEST_F(LeasedChanges, AreUndoneAtTheirEndWithANote) {
  const auto items = end_at(read_clock().wall + minutes(11));
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items.front().result, ChangeState::undone);
  EXPECT_EQ(tree_.read(kKnob), "100\n");
  EXPECT_EQ(tree_.read("/proc/sys/vm/overcommit_memory"), "1\n");
  EXPECT_THAT(journal_->events(kIncident)->back().text,
              HasSubstr("the lease of 10 min is over: a-remedy: kernel.threads-max is back at"));
  EXPECT_TRUE(end_at(read_clock().wall + minutes(11)).empty());
}

TEST_F(LeasedChanges, AreLeftToWhoeverChangedThemSince) {
  tree_.write(kKnob, "77\n");
  EXPECT_EQ(end_at(read_clock().wall + minutes(11)).front().result, ChangeState::released);
  EXPECT_EQ(tree_.read(kKnob), "77\n");
}

TEST_F(LeasedChanges, ThatCannotBeUndoneAreToldOnce) {
  std::filesystem::remove(tree_.root().at(kKnob));
  std::filesystem::create_directory(tree_.root().at(kKnob));
  const WallTime later = read_clock().wall + minutes(11);
  EXPECT_EQ(end_at(later).front().result, ChangeState::undo_failed);
  const std::size_t events = journal_->events(kIncident)->size();
  EXPECT_TRUE(end_at(later).empty());
  EXPECT_EQ(journal_->events(kIncident)->size(), events);
}

TEST(Leases, AHostWithoutAJournalHasNone) {
  const testing::TempDir dir;
  const auto ended = await(end_leases_of_host(host::Root(dir.path()), dir.path() / "none", {}));
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_TRUE(ended->empty());
}

}  // namespace
}  // namespace forkmend::engine
