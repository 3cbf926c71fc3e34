// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "agent/engine/await.hpp"
#include "agent/engine/changes.hpp"
#include "base/descriptor.hpp"
#include "engine/recorded_changes.hpp"
#include "engine/step_access.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

namespace fs = std::filesystem;
using remediations::StepType;
using testing::actuator_on;
using testing::await;
using testing::HostTree;
using testing::StepValue;

/// Above every pid_max.
constexpr const char* kFile = "/data/temp-4194305.rdb";

HostTree host() {
  return HostTree(std::map<std::string, std::string>{
      {"/proc/self/mountinfo", "22 1 0:21 / /proc rw - proc proc rw\n"}, {kFile, "REDIS"}});
}

remediations::Target target(const std::string& path = kFile) {
  return {.type = StepType::quarantine, .name = path};
}

Result<void> change(const HostTree& tree, StepValue expected, StepValue value,
                    const std::string& path = kFile) {
  auto actuator = actuator_on(tree.root());
  return await(actuator.change(
      {.target = target(path), .expected = std::move(expected), .value = std::move(value)}));
}

TEST(QuarantineStep, MovesAFileAsideAndBack) {
  const HostTree tree = host();
  const auto before = tree.snapshot();
  const auto moved = change(tree, "in-place", "quarantined");
  ASSERT_TRUE(moved) << moved.error().message;
  EXPECT_EQ(read_quarantine_step(tree.root(), target()).value(), "quarantined");
  EXPECT_EQ(tree.read("/data/.forkmend-quarantine/temp-4194305.rdb"), "REDIS");
  const auto folder = tree.path() / "data/.forkmend-quarantine";
  EXPECT_EQ(static_cast<unsigned>(fs::status(folder).permissions()), 0700U);
  const auto back = change(tree, "quarantined", "in-place");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(tree.snapshot(), before);
}

TEST(QuarantineStep, KeepsTheFolderForAnotherFile) {
  HostTree tree = host();
  ASSERT_TRUE(change(tree, "in-place", "quarantined"));
  tree.write("/data/.forkmend-quarantine/other", "");
  ASSERT_TRUE(change(tree, "quarantined", "in-place"));
  EXPECT_TRUE(fs::exists(tree.path() / "data/.forkmend-quarantine/other"));
}

TEST(QuarantineStep, LeavesAFileOfALivingProcessAlone) {
  HostTree tree = host();
  tree.write("/proc/4194305/stat",
             "4194305 (redis-server) R 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 "
             "7 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0\n");
  tree.write("/proc/4194305/status", "Name:\tredis-server\nPid:\t4194305\nPPid:\t1\n");
  const auto refused = change(tree, "in-place", "quarantined");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::busy);
  EXPECT_FALSE(fs::exists(tree.path() / "data/.forkmend-quarantine"));
}

TEST(QuarantineStep, LeavesAFileThatSomebodyHasOpenAlone) {
  const testing::TempDir dir;
  const std::string path = dir.path() / "temp-4194305.rdb";
  const Descriptor open_file(open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  auto actuator = actuator_on(host::Root());
  const auto refused = await(
      actuator.change({.target = target(path), .expected = "in-place", .value = "quarantined"}));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(fs::exists(path));
}

TEST(QuarantineStep, FollowsNoLink) {
  HostTree tree = host();
  tree.write("/link", "-> /data");
  EXPECT_FALSE(read_quarantine_step(tree.root(), target("/link/temp-4194305.rdb")));
  fs::create_directory(tree.path() / "elsewhere");
  fs::create_directory_symlink(tree.path() / "elsewhere",
                               tree.path() / "data/.forkmend-quarantine");
  EXPECT_FALSE(change(tree, "in-place", "quarantined"));
  EXPECT_EQ(tree.read(kFile), "REDIS");
}

TEST(QuarantineStep, TakesNoFolderOfSomebodyElse) {
  HostTree tree = host();
  fs::create_directory(tree.path() / "data/.forkmend-quarantine");
  fs::permissions(tree.path() / "data/.forkmend-quarantine", fs::perms(0755));
  const auto refused = change(tree, "in-place", "quarantined");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("was not made by forkmend"));
}

TEST(QuarantineStep, MovesTemporaryFilesOfSavesOnly) {
  HostTree tree = host();
  tree.write("/data/dump.rdb", "REDIS");
  for (const char* path : {"/data/dump.rdb", "/data/temp-x.rdb", "data/temp-4194305.rdb",
                           "/data/../data/temp-4194305.rdb"}) {
    EXPECT_EQ(read_quarantine_step(tree.root(), target(path)).error().code, Errc::invalid) << path;
  }
}

TEST(QuarantineStep, WithANewFileOfThatNameIsLeftAndSaysWhereOursIs) {
  HostTree tree = host();
  const testing::TempDir state;
  const auto journal = testing::journal_with_incident(state.path());
  auto actuator = actuator_on(tree.root());
  const auto step = testing::step(StepType::quarantine, kFile, "in-place", "quarantined");
  auto applied = await(apply_step(journal.get(), &actuator, testing::change_of(step)));
  ASSERT_EQ(applied->state, ChangeState::applied) << applied->comment;
  tree.write(kFile, "NEW");
  const auto undone = await(undo_step(journal.get(), &actuator, *applied));
  EXPECT_EQ(undone.result, ChangeState::released);
  EXPECT_EQ(undone.says,
            "/data/temp-4194305.rdb was made anew by somebody else and is left as it is; the one "
            "that was moved aside is /data/.forkmend-quarantine/temp-4194305.rdb");
  EXPECT_EQ(tree.read(kFile), "NEW");
  EXPECT_EQ(tree.read("/data/.forkmend-quarantine/temp-4194305.rdb"), "REDIS");
}

TEST(QuarantineStep, OfWhichAPersonDeletedTheFileIsGone) {
  HostTree tree = host();
  const testing::TempDir state;
  const auto journal = testing::journal_with_incident(state.path());
  auto actuator = actuator_on(tree.root());
  const auto step = testing::step(StepType::quarantine, kFile, "in-place", "quarantined");
  auto applied = await(apply_step(journal.get(), &actuator, testing::change_of(step)));
  ASSERT_EQ(applied->state, ChangeState::applied) << applied->comment;
  fs::remove_all(tree.path() / "data/.forkmend-quarantine");
  const auto undone = await(undo_step(journal.get(), &actuator, *applied));
  EXPECT_EQ(undone.result, ChangeState::undone);
  EXPECT_EQ(undone.says, "gone: somebody deleted the file");
}

}  // namespace
}  // namespace forkmend::engine
