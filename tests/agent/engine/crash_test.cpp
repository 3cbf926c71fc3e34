// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "agent/engine/await.hpp"
#include "agent/engine/changes.hpp"
#include "engine/recorded_changes.hpp"
#include "engine/rollback.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

using remediations::Step;
using remediations::StepType;
using testing::actuator_on;
using testing::await;
using testing::Files;
using testing::HostTree;
using testing::StepValue;
using testing::TempDir;

enum class Moment { before_write, after_write };

/// kill -9 at the n-th change.
class DyingActuator : public Actuator {
 public:
  DyingActuator(Actuator* inner, std::size_t at, Moment moment)
      : inner_(inner), at_(at), moment_(moment) {}
  boost::asio::awaitable<Result<StepValue>> read(remediations::Target target) override {
    return inner_->read(std::move(target));
  }
  boost::asio::awaitable<Result<void>> change(ChangeRequest request) override {
    const bool last = changes_++ == at_;
    if (last && moment_ == Moment::before_write) raise(SIGKILL);
    auto done = co_await inner_->change(std::move(request));
    if (last) raise(SIGKILL);
    co_return done;
  }

 private:
  Actuator* inner_;
  std::size_t at_;
  Moment moment_;
  std::size_t changes_ = 0;
};

Step conf_line() {
  Step step = testing::step(StepType::config_file, "maxmemory", "2gb", "1000000");
  step.target.owner = geteuid();
  step.target.file = "/etc/redis.conf";
  return step;
}

const std::vector<Step>& steps() {
  static const std::vector<Step> all = {
      testing::step(StepType::commit_limit, "vm.overcommit_ratio|kbytes", "ratio=50",
                    "kbytes=9000"),
      testing::step(StepType::sysfs, "/sys/kernel/mm/transparent_hugepage/enabled", "always",
                    "never"),
      testing::step(StepType::cgroup_file, "/sys/fs/cgroup/redis/pids.max", "64", "128"),
      testing::step(StepType::file, "/etc/systemd/system/redis.service.d/50-forkmend.conf",
                    std::nullopt, "[Service]\nTasksMax=128\n"),
      testing::step(StepType::swap, "/var/lib/swap.forkmend", std::nullopt,
                    "size=1048576 priority=-1"),
      testing::step(StepType::quarantine, "/data/temp-4194305.rdb", "in-place", "quarantined"),
      conf_line()};
  return all;
}

HostTree host() {
  return HostTree(Files{{"/proc/sys/vm/overcommit_ratio", "50\n"},
                        {"/proc/sys/vm/overcommit_kbytes", "0\n"},
                        {"/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n"},
                        {"/sys/fs/cgroup/redis/pids.max", "64\n"},
                        {"/proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"},
                        {"/proc/self/mountinfo", "22 1 0:21 / /proc rw - proc proc rw\n"},
                        {"/proc/self/status", "Name:\tx\nPid:\t9\nNSpid:\t9\n"},
                        {"/data/temp-4194305.rdb", "REDIS"},
                        {"/var/lib/keep", ""},
                        {"/etc/redis.conf", "maxmemory   2gb\nport 6379"},
                        {"/etc/systemd/system/keep", ""}});
}

/// Applies the steps in a child that dies at step `at`.
void die_applying(const std::string& state_dir, const host::Root& root, std::size_t at,
                  Moment moment) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto journal = Journal::open(state_dir).value();
    auto live = actuator_on(root);
    DyingActuator actuator(&live, at, moment);
    for (const Step& step : steps()) {
      static_cast<void>(await(apply_step(journal.get(), &actuator, testing::change_of(step))));
    }
    _exit(1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/// Undoes everything in a child that dies at the n-th undo.
void die_undoing(const std::string& state_dir, const host::Root& root, std::size_t at,
                 Moment moment) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto journal = Journal::open(state_dir).value();
    auto live = actuator_on(root);
    DyingActuator actuator(&live, at, moment);
    static_cast<void>(await(rollback(journal.get(), &actuator, {.selector = "", .all = true})));
    _exit(1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

void expect_rolled_back(const std::string& state_dir, const HostTree& tree, std::size_t changes) {
  const auto journal = Journal::open(state_dir).value();
  auto actuator = actuator_on(tree.root());
  const auto items = await(rollback(journal.get(), &actuator, {.selector = "", .all = true}));
  ASSERT_TRUE(items) << items.error().message;
  EXPECT_EQ(items->size(), changes);
  for (const RollbackItem& item : *items) EXPECT_EQ(item.result, ChangeState::undone) << item.says;
  EXPECT_EQ(journal->incident("i-20260821T031502-0001")->state, IncidentState::rolled_back);
}

class CrashAt : public ::testing::TestWithParam<std::size_t> {};

TEST_P(CrashAt, LeavesNothingThatRollbackDoesNotFind) {
  for (const Moment moment : {Moment::before_write, Moment::after_write}) {
    const TempDir dir;
    const HostTree tree = host();
    const auto before = tree.snapshot();
    {
      const auto journal = testing::journal_with_incident(dir.path());
    }
    die_applying(dir.path(), tree.root(), GetParam(), moment);
    expect_rolled_back(dir.path(), tree, GetParam() + 1);
    EXPECT_EQ(tree.snapshot(), before);
  }
}

TEST_P(CrashAt, WhileUndoingIsUndoneByTheNextRollback) {
  for (const Moment moment : {Moment::before_write, Moment::after_write}) {
    const TempDir dir;
    const HostTree tree = host();
    const auto before = tree.snapshot();
    {
      const auto journal = testing::journal_with_incident(dir.path());
      auto actuator = actuator_on(tree.root());
      for (const Step& step : steps()) {
        const auto done = await(apply_step(journal.get(), &actuator, testing::change_of(step)));
        ASSERT_EQ(done->state, ChangeState::applied) << done->comment;
      }
    }
    die_undoing(dir.path(), tree.root(), GetParam(), moment);
    expect_rolled_back(dir.path(), tree, steps().size() - GetParam());
    EXPECT_EQ(tree.snapshot(), before);
  }
}

INSTANTIATE_TEST_SUITE_P(EachStep, CrashAt, ::testing::Range(std::size_t{0}, steps().size()));

}  // namespace
}  // namespace forkmend::engine
