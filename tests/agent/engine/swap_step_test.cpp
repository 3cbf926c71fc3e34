// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "agent/engine/await.hpp"
#include "agent/engine/changes.hpp"
#include "engine/recorded_changes.hpp"
#include "engine/step_access.hpp"
#include "engine/swap_file.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

namespace fs = std::filesystem;
using remediations::StepType;
using testing::actuator_on;
using testing::await;
using testing::HostTree;
using testing::StepValue;

constexpr const char* kPath = "/var/lib/swap.forkmend";
constexpr const char* kTemporary = "/var/lib/.swap.forkmend.new";
constexpr const char* kValue = "size=1048576 priority=-1";
constexpr const char* kNoSwap = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";

/// A host without swap.
HostTree host() {
  return HostTree(
      std::map<std::string, std::string>{{"/proc/swaps", kNoSwap},
                                         {"/proc/meminfo", "MemAvailable:     100000 kB\n"},
                                         {"/var/lib/keep", ""}});
}

remediations::Target target(const std::string& path = kPath) {
  return {.type = StepType::swap, .name = path};
}

Result<void> change(const HostTree& tree, StepValue expected, StepValue value) {
  auto actuator = actuator_on(tree.root());
  return await(actuator.change(
      {.target = target(), .expected = std::move(expected), .value = std::move(value)}));
}

StepValue live(const HostTree& tree) {
  return read_swap_step(tree.root(), kPath).value();
}

void set_used(const HostTree& tree, int kibibytes) {
  std::ofstream(tree.path() / "proc/swaps", std::ios::trunc)
      << kNoSwap << kPath << "\t\tfile\t\t1020\t\t" << kibibytes << "\t\t-2\n";
}

TEST(SwapStep, MakesAFileThatIsInUseAndRemovesItWhole) {
  const HostTree tree = host();
  const auto before = tree.snapshot();
  EXPECT_EQ(live(tree), std::nullopt);
  const auto made = change(tree, std::nullopt, kValue);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(live(tree), kValue);
  struct stat status{};
  ASSERT_EQ(stat((tree.path() / "var/lib/swap.forkmend").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  EXPECT_EQ(status.st_size, 1048576);
  EXPECT_GE(status.st_blocks * 512, 1048576) << "it has holes";
  const auto removed = change(tree, kValue, std::nullopt);
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(tree.snapshot(), before);
}

TEST(SwapStep, LeavesAFileOfSomebodyElseAlone) {
  HostTree tree = host();
  tree.write(kPath, "precious");
  const auto before = tree.snapshot();
  const auto made = change(tree, std::nullopt, kValue);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::changed);
  EXPECT_THAT(made.error().message, ::testing::HasSubstr("is not a swap file of forkmend's"));
  EXPECT_TRUE(change(tree, std::nullopt, std::nullopt));
  EXPECT_EQ(tree.snapshot(), before);
}

TEST(SwapStep, LeavesALinkAlone) {
  HostTree tree = host();
  tree.write(kPath, "-> /etc/shadow");
  const auto before = tree.snapshot();
  EXPECT_EQ(change(tree, std::nullopt, kValue).error().code, Errc::changed);
  EXPECT_EQ(tree.snapshot(), before);
}

TEST(SwapStep, LeavesSwapOfSomebodyElseInUse) {
  HostTree tree = host();
  tree.write(kPath, "not labelled");
  set_used(tree, 0);
  EXPECT_EQ(live(tree), "size=12 priority=-1");
  const auto removed = change(tree, live(tree), std::nullopt);
  ASSERT_FALSE(removed);
  EXPECT_THAT(removed.error().message, ::testing::HasSubstr("was not made by forkmend"));
  EXPECT_TRUE(fs::exists(tree.path() / "var/lib/swap.forkmend"));
}

TEST(SwapStep, ReplacesWhatACrashLeft) {
  HostTree tree = host();
  tree.write(kTemporary, "half made");
  ASSERT_TRUE(change(tree, std::nullopt, kValue));
  EXPECT_FALSE(fs::exists(tree.path() / "var/lib/.swap.forkmend.new"));
  // As after a reboot: the file is there and nobody uses it.
  tree.write("/proc/swaps", kNoSwap);
  EXPECT_EQ(live(tree), std::nullopt);
  ASSERT_TRUE(change(tree, std::nullopt, "size=2097152 priority=3"));
  EXPECT_EQ(live(tree), "size=2097152 priority=3");
}

TEST(SwapStep, KeepsAFileWhosePagesFitNowhereElse) {
  HostTree tree = host();
  ASSERT_TRUE(change(tree, std::nullopt, kValue));
  tree.write("/proc/meminfo", "MemAvailable:     65636 kB\n");
  set_used(tree, 101);
  const auto refused = change(tree, kValue, std::nullopt);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::busy);
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("the swap file stays in use"));
  EXPECT_EQ(live(tree), kValue);
  set_used(tree, 99);
  EXPECT_TRUE(change(tree, kValue, std::nullopt));
}

TEST(SwapStep, KeepsAFileWhosePagesDoNotFitUnderTheLimitOfTheirCgroup) {
  HostTree tree = host();
  ASSERT_TRUE(change(tree, std::nullopt, kValue));
  set_used(tree, 100);
  const std::string cgroup = "/sys/fs/cgroup/system.slice/redis.service/";
  tree.write(cgroup + "memory.max", "1000000\n");
  tree.write(cgroup + "memory.current", "990000\n");
  tree.write(cgroup + "memory.swap.current", "102400\n");
  const auto refused = change(tree, kValue, std::nullopt);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("than its memory limit has room for"));
  tree.write(cgroup + "memory.max", "max\n");
  EXPECT_TRUE(change(tree, kValue, std::nullopt));
}

TEST(SwapStep, KeepsAFileThatHoldsPagesWhileAServerSaves) {
  HostTree tree = host();
  ASSERT_TRUE(change(tree, std::nullopt, kValue));
  tree.write("/proc/900/stat",
             "900 (redis-server) R 812 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 7 0 0 "
             "0 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0\n");
  tree.write("/proc/900/cmdline", "redis-rdb-bgsave *:6379");
  set_used(tree, 100);
  const auto refused = change(tree, kValue, std::nullopt);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("while a server saves"));
  set_used(tree, 0);
  EXPECT_TRUE(change(tree, kValue, std::nullopt)) << "nothing has to come back";
}

TEST(SwapStep, TakesNoOtherPlaceAndNoOtherValue) {
  const HostTree tree = host();
  for (const char* path : {"/swap.forkmend", "/var/lib/swap", "var/lib/swap.forkmend",
                           "/var/../swap.forkmend", "/proc/swap.forkmend", "/dev/forkmend/x",
                           "/var/lib/.swap.forkmend", "/var/lib/swap.forkmend\n"}) {
    EXPECT_EQ(read_swap_step(tree.root(), path).error().code, Errc::invalid) << path;
  }
  for (const char* value : {"", "size=0 priority=-1", "size=4097 priority=-1", "size=4096",
                            "size=4096 priority=-2", "size=4096 priority=32768"}) {
    EXPECT_EQ(change(tree, std::nullopt, value).error().code, Errc::invalid) << value;
  }
}

TEST(SwapStep, UndoAfterARebootTakesTheFileAlong) {
  HostTree tree = host();
  const auto before = tree.snapshot();
  const testing::TempDir state;
  const auto journal = testing::journal_with_incident(state.path());
  auto actuator = actuator_on(tree.root());
  auto change =
      testing::change_of(testing::step(StepType::swap, kPath, std::nullopt, std::string(kValue)));
  auto applied = await(apply_step(journal.get(), &actuator, change));
  ASSERT_EQ(applied->state, ChangeState::applied) << applied->comment;
  tree.write("/proc/swaps", kNoSwap);
  const auto undone = await(undo_step(journal.get(), &actuator, *applied));
  EXPECT_EQ(undone.result, ChangeState::undone) << undone.says;
  EXPECT_EQ(tree.snapshot(), before);
}

}  // namespace
}  // namespace forkmend::engine
