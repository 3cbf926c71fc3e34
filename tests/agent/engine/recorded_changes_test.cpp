// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/recorded_changes.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "agent/engine/await.hpp"
#include "agent/engine/changes.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

using remediations::StepType;
using testing::actuator_on;
using testing::await;
using testing::change_of;
using testing::Files;
using testing::HostTree;
using testing::StepValue;
using testing::TempDir;

constexpr const char* kOvercommit = "/proc/sys/vm/overcommit_memory";

ChangeRecord overcommit_change() {
  return change_of(testing::step(StepType::sysctl, "vm.overcommit_memory", "0", "1"));
}

/// Looks into the journal at the moment of the write.
class WatchingActuator : public Actuator {
 public:
  WatchingActuator(Actuator* inner, Journal* journal) : inner_(inner), journal_(journal) {}
  boost::asio::awaitable<Result<StepValue>> read(remediations::Target target) override {
    return inner_->read(std::move(target));
  }
  boost::asio::awaitable<Result<void>> change(ChangeRequest request) override {
    at_write = journal_->changes_in_force().value();
    return inner_->change(std::move(request));
  }
  std::vector<ChangeRecord> at_write;

 private:
  Actuator* inner_;
  Journal* journal_;
};

/// The write does happen, and then an error is reported.
class LateFailure : public Actuator {
 public:
  explicit LateFailure(Actuator* inner) : inner_(inner) {}
  boost::asio::awaitable<Result<StepValue>> read(remediations::Target target) override {
    return inner_->read(std::move(target));
  }
  boost::asio::awaitable<Result<void>> change(ChangeRequest request) override {
    const auto done = co_await inner_->change(std::move(request));
    EXPECT_TRUE(done);
    co_return Error{Errc::io, "reading back: Input/output error"};
  }

 private:
  Actuator* inner_;
};

/// A swap file that is out of use and does not go, so many times.
class StubbornFile : public Actuator {
 public:
  explicit StubbornFile(int refusals) : refusals_(refusals) {}
  boost::asio::awaitable<Result<StepValue>> read(remediations::Target /*target*/) override {
    co_return in_use_ ? StepValue("size=4096 priority=-1") : StepValue();
  }
  boost::asio::awaitable<Result<void>> change(ChangeRequest /*request*/) override {
    in_use_ = false;
    if (refusals_-- > 0) co_return Error{Errc::io, "removing swap.forkmend: Input/output error"};
    is_there = false;
    co_return ok();
  }
  bool is_there = true;

 private:
  bool in_use_ = true;
  int refusals_;
};

RollbackItem undo_stubborn(StubbornFile* file) {
  const TempDir dir;
  const auto journal = testing::journal_with_incident(dir.path());
  ChangeRecord change = change_of(testing::step(StepType::swap, "/var/lib/swap.forkmend",
                                                std::nullopt, "size=4096 priority=-1"));
  change.id = journal->intend(change).value();
  return await(undo_step(journal.get(), file, change));
}

TEST(UndoStep, TriesOnceMoreToRemoveWhatAFailedUndoHasLeft) {
  StubbornFile file(1);
  EXPECT_EQ(undo_stubborn(&file).result, ChangeState::undone);
  EXPECT_FALSE(file.is_there);
}

TEST(UndoStep, IsNotDoneWhileAFileIsLeft) {
  StubbornFile file(2);
  const RollbackItem item = undo_stubborn(&file);
  EXPECT_EQ(item.result, ChangeState::undo_failed);
  EXPECT_NE(item.says.find("what is left of it: removing swap.forkmend"), std::string::npos)
      << item.says;
}

TEST(RecordedChanges, AreInTheJournalBeforeTheWrite) {
  const TempDir dir;
  const HostTree tree(Files{{kOvercommit, "0\n"}});
  const auto journal = testing::journal_with_incident(dir.path());
  auto live = actuator_on(tree.root());
  WatchingActuator actuator(&live, journal.get());
  const auto applied = await(apply_step(journal.get(), &actuator, overcommit_change()));
  ASSERT_TRUE(applied);
  ASSERT_EQ(actuator.at_write.size(), 1U);
  EXPECT_EQ(actuator.at_write[0].state, ChangeState::intended);
  EXPECT_EQ(actuator.at_write[0].step.before, "0");
  EXPECT_EQ(applied->state, ChangeState::applied);
  EXPECT_EQ(journal->changes_in_force()->at(0).state, ChangeState::applied);
  EXPECT_EQ(tree.read(kOvercommit), "1\n");
}

TEST(RecordedChanges, AreNotMadeWhenTheyCannotBeRecorded) {
  const TempDir dir;
  const HostTree tree(Files{{kOvercommit, "0\n"}});
  const auto journal = testing::journal_with_incident(dir.path());
  auto actuator = actuator_on(tree.root());
  ChangeRecord orphan = overcommit_change();
  orphan.incident = "i-none";
  EXPECT_FALSE(await(apply_step(journal.get(), &actuator, orphan)));
  EXPECT_EQ(tree.read(kOvercommit), "0\n");
}

TEST(RecordedChanges, FailWhenSomebodyElseWasFaster) {
  const TempDir dir;
  const HostTree tree(Files{{kOvercommit, "1\n"}});
  const auto journal = testing::journal_with_incident(dir.path());
  auto actuator = actuator_on(tree.root());
  const auto applied = await(apply_step(journal.get(), &actuator, overcommit_change()));
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->state, ChangeState::failed);
  EXPECT_TRUE(journal->changes_in_force()->empty()) << "theirs is not ours to undo";
}

TEST(RecordedChanges, FailWhenTheWriteIsRefused) {
  const TempDir dir;
  const HostTree tree(Files{{"/sys/kernel/mm/ksm", "[a] b\n"}});
  const auto journal = testing::journal_with_incident(dir.path());
  auto actuator = actuator_on(tree.root());
  const auto applied =
      await(apply_step(journal.get(), &actuator,
                       change_of(testing::step(StepType::sysfs, "/sys/kernel/mm/ksm", "a", "c"))));
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->state, ChangeState::failed);
  EXPECT_EQ(applied->comment, "c is not one of [a] b");
}

TEST(RecordedChanges, StayOpenWhenAWriteFailedLate) {
  const TempDir dir;
  const HostTree tree(Files{{kOvercommit, "0\n"}});
  const auto journal = testing::journal_with_incident(dir.path());
  auto live = actuator_on(tree.root());
  LateFailure actuator(&live);
  const auto applied = await(apply_step(journal.get(), &actuator, overcommit_change()));
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->state, ChangeState::intended);
  const auto item = await(undo_step(journal.get(), &live, *applied));
  EXPECT_EQ(item.result, ChangeState::undone);
  EXPECT_EQ(tree.read(kOvercommit), "0\n");
}

TEST(RecordedChanges, AreUndoneToTheOldValue) {
  const TempDir dir;
  const HostTree tree(Files{{kOvercommit, "0\n"}});
  const auto journal = testing::journal_with_incident(dir.path());
  auto actuator = actuator_on(tree.root());
  const auto applied = await(apply_step(journal.get(), &actuator, overcommit_change())).value();
  const auto item = await(undo_step(journal.get(), &actuator, applied));
  EXPECT_EQ(item.result, ChangeState::undone);
  EXPECT_EQ(item.says, "vm.overcommit_memory is back at \"0\"");
  EXPECT_EQ(tree.read(kOvercommit), "0\n");
  EXPECT_EQ(journal->changes("")->at(0).state, ChangeState::undone);
}

TEST(RecordedChanges, AreReleasedWhenSomebodyElseChangedTheValue) {
  const TempDir dir;
  HostTree tree(Files{{kOvercommit, "0\n"}});
  const auto journal = testing::journal_with_incident(dir.path());
  auto actuator = actuator_on(tree.root());
  const auto applied = await(apply_step(journal.get(), &actuator, overcommit_change())).value();
  tree.write(kOvercommit, "2\n");
  const auto item = await(undo_step(journal.get(), &actuator, applied));
  EXPECT_EQ(item.result, ChangeState::released);
  EXPECT_EQ(item.says,
            "vm.overcommit_memory is \"2\": somebody else changed it since (\"0\" before, \"1\" by "
            "us); left as it is");
  EXPECT_EQ(tree.read(kOvercommit), "2\n");
  EXPECT_EQ(journal->changes("")->at(0).state, ChangeState::released);
  EXPECT_EQ(journal->changes("")->at(0).comment, item.says);
}

TEST(RecordedChanges, StayOursWhenTheUndoFails) {
  const TempDir dir;
  HostTree tree(Files{{"/sys/kernel/mm/ksm", "[a] b\n"}});
  const auto journal = testing::journal_with_incident(dir.path());
  auto actuator = actuator_on(tree.root());
  auto applied =
      await(apply_step(journal.get(), &actuator,
                       change_of(testing::step(StepType::sysfs, "/sys/kernel/mm/ksm", "a", "b"))))
          .value();
  tree.write("/sys/kernel/mm/ksm", "[b] c\n");  // a kernel that no longer offers the old word
  const auto item = await(undo_step(journal.get(), &actuator, applied));
  EXPECT_EQ(item.result, ChangeState::undo_failed);
  EXPECT_EQ(item.says, "a is not one of [b] c");
  EXPECT_EQ(journal->changes_in_force()->size(), 1U);
}

TEST(RecordedChanges, TakeAlongWhatACrashLeftOfAFile) {
  const std::string folder = "/etc/systemd/system/redis.service.d/";
  const TempDir dir;
  HostTree tree(Files{{"/etc/systemd/system/keep", ""}});
  const auto before = tree.snapshot();
  const auto journal = testing::journal_with_incident(dir.path());
  auto live = actuator_on(tree.root());
  LateFailure actuator(&live);
  const auto applied = await(apply_step(
      journal.get(), &actuator,
      change_of(testing::step(StepType::file, folder + "50-forkmend.conf", std::nullopt, "x"))));
  ASSERT_EQ(applied->state, ChangeState::intended);
  // As if the power had gone before the rename.
  std::filesystem::rename(tree.root().at(folder + "50-forkmend.conf"),
                          tree.root().at(folder + ".50-forkmend.conf.new"));
  const auto item = await(undo_step(journal.get(), &live, *applied));
  EXPECT_EQ(item.result, ChangeState::undone) << item.says;
  EXPECT_EQ(tree.snapshot(), before);
}

constexpr const char* kTasks = "/sys/fs/cgroup/redis.service/pids.max";

/// As a unit that is started again: another directory by the same name.
void make_cgroup_anew(HostTree& tree, const std::string& limit) {
  const auto cgroup = tree.root().at(kTasks).parent_path();
  std::filesystem::rename(cgroup, cgroup.parent_path() / "the-old-one");
  tree.write(kTasks, limit + "\n");
}

TEST(UndoStep, LeavesACgroupThatWasMadeAnewAndBlamesNobody) {
  const TempDir dir;
  HostTree tree(Files{{kTasks, "64\n"}});
  const auto journal = testing::journal_with_incident(dir.path());
  auto live = actuator_on(tree.root());
  const auto applied = await(apply_step(
      journal.get(), &live, change_of(testing::step(StepType::cgroup_file, kTasks, "64", "128"))));
  ASSERT_EQ(applied->state, ChangeState::applied);
  make_cgroup_anew(tree, "4915");
  const auto item = await(undo_step(journal.get(), &live, *applied));
  EXPECT_EQ(item.result, ChangeState::undone);
  EXPECT_EQ(item.says,
            "gone with the cgroup: " + std::string(kTasks) +
                " is of one that was made anew since, with \"4915\"; nothing of ours is in "
                "force there");
  EXPECT_EQ(tree.read(kTasks), "4915\n");
}

TEST(UndoStep, OfACgroupThatIsTheSameNamesWhoeverChangedIt) {
  const TempDir dir;
  HostTree tree(Files{{kTasks, "64\n"}});
  const auto journal = testing::journal_with_incident(dir.path());
  auto live = actuator_on(tree.root());
  const auto applied = await(apply_step(
      journal.get(), &live, change_of(testing::step(StepType::cgroup_file, kTasks, "64", "128"))));
  tree.write(kTasks, "300\n");
  const auto item = await(undo_step(journal.get(), &live, *applied));
  EXPECT_EQ(item.result, ChangeState::released);
  EXPECT_NE(item.says.find("somebody else changed it since"), std::string::npos) << item.says;
}

// The drop-in that was written with it gives the new cgroup our value: that is ours to take back.
TEST(UndoStep, TakesOurValueBackFromACgroupThatWasMadeAnew) {
  const TempDir dir;
  HostTree tree(Files{{kTasks, "64\n"}});
  const auto journal = testing::journal_with_incident(dir.path());
  auto live = actuator_on(tree.root());
  const auto applied = await(apply_step(
      journal.get(), &live, change_of(testing::step(StepType::cgroup_file, kTasks, "64", "128"))));
  make_cgroup_anew(tree, "128");
  EXPECT_EQ(await(undo_step(journal.get(), &live, *applied)).result, ChangeState::undone);
  EXPECT_EQ(tree.read(kTasks), "64\n");
}

TEST(DecideUndo, KnowsWhatEndedByItself) {
  ChangeRecord limit =
      change_of(testing::step(StepType::cgroup_file, "/sys/fs/cgroup/redis/pids.max", "64", "128"));
  EXPECT_EQ(decide_undo(limit, StepValue()).action, UndoAction::gone);
  EXPECT_EQ(decide_undo(limit, StepValue("128")).action, UndoAction::restore);
  ChangeRecord parameter = change_of(testing::step(StepType::config, "save", "", "900 1"));
  EXPECT_EQ(decide_undo(parameter, Error{Errc::changed, "was started anew"}).action,
            UndoAction::gone);
  EXPECT_EQ(decide_undo(parameter, Error{Errc::timeout, "no answer"}).action, UndoAction::unknown);
  ChangeRecord file = change_of(testing::step(StepType::file, "/etc/x", "old", "new"));
  EXPECT_EQ(decide_undo(file, StepValue()).action, UndoAction::drifted);
}

}  // namespace
}  // namespace forkmend::engine
