// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/live_actuator.hpp"

#include <gtest/gtest.h>

#include "agent/engine/await.hpp"
#include "agent/engine/changes.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

using remediations::StepType;
using remediations::Target;
using testing::await;
using testing::Files;
using testing::HostTree;
using testing::StepValue;

Target target(StepType type, std::string name) {
  Target made;
  made.type = type;
  made.name = std::move(name);
  return made;
}

Result<void> change(const HostTree& tree, Target what, StepValue expected, StepValue value) {
  auto actuator = testing::actuator_on(tree.root());
  return await(actuator.change(
      {.target = std::move(what), .expected = std::move(expected), .value = std::move(value)}));
}

Result<StepValue> read(const HostTree& tree, Target what) {
  auto actuator = testing::actuator_on(tree.root());
  return await(actuator.read(std::move(what)));
}

TEST(LiveActuator, WritesASysctl) {
  const HostTree tree(Files{{"/proc/sys/vm/overcommit_memory", "0\n"}});
  const Target knob = target(StepType::sysctl, "vm.overcommit_memory");
  EXPECT_EQ(read(tree, knob).value(), "0");
  const auto changed = change(tree, knob, "0", "1");
  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_EQ(tree.read("/proc/sys/vm/overcommit_memory"), "1\n");
}

TEST(LiveActuator, WritesNothingWhenTheValueIsNotTheExpectedOne) {
  const HostTree tree(Files{{"/proc/sys/vm/overcommit_memory", "2\n"}});
  const auto changed = change(tree, target(StepType::sysctl, "vm.overcommit_memory"), "0", "1");
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, Errc::changed);
  EXPECT_EQ(changed.error().message,
            "vm.overcommit_memory is \"2\", not \"0\" as expected: nothing was written");
  EXPECT_EQ(tree.read("/proc/sys/vm/overcommit_memory"), "2\n");
}

TEST(LiveActuator, ReadsAnAbsentTargetAsAbsent) {
  const HostTree tree(Files{{"/proc/loadavg", ""}});
  EXPECT_EQ(read(tree, target(StepType::sysctl, "vm.no_such")).value(), std::nullopt);
  EXPECT_EQ(read(tree, target(StepType::sysfs, "/sys/kernel/no")).value(), std::nullopt);
  EXPECT_EQ(read(tree, target(StepType::cgroup_file, "/sys/fs/cgroup/a/pids.max")).value(),
            std::nullopt);
  EXPECT_EQ(read(tree, target(StepType::commit_limit, "")).value(), std::nullopt);
}

TEST(LiveActuator, RefusesNamesThatLeadElsewhere) {
  const HostTree tree(Files{{"/proc/1/oom_score_adj", "0\n"},
                            {"/sys/fs/cgroup/a/cgroup.procs", "1\n"},
                            {"/etc/passwd", "x"}});
  const std::vector<Target> wrong = {
      target(StepType::sysctl, "..1.oom_score_adj"),
      target(StepType::sysctl, "vm/../../1/oom_score_adj"),
      target(StepType::sysctl, ""),
      target(StepType::sysfs, "/etc/passwd"),
      target(StepType::sysfs, "/sys/../etc/passwd"),
      target(StepType::sysfs, "/sys//kernel"),
      target(StepType::cgroup_file, "/sys/fs/cgroup/a/../../../etc/pids.max"),
      target(StepType::cgroup_file, "/sys/fs/cgroup/a/cgroup.procs"),
      target(StepType::cgroup_file, "/sys/fs/cgroup/a/b\n/pids.max")};
  for (const Target& one : wrong) {
    EXPECT_EQ(read(tree, one).error().code, Errc::invalid) << one.name;
    EXPECT_EQ(change(tree, one, "0", "1").error().code, Errc::invalid) << one.name;
  }
}

TEST(LiveActuator, DoesNotWriteThroughASymbolicLink) {
  const HostTree tree(
      {{"/secret", "0\n"}, {"/proc/sys/vm/overcommit_memory", "-> ../../../secret"}});
  const auto changed = change(tree, target(StepType::sysctl, "vm.overcommit_memory"), "0", "1");
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, Errc::invalid);
  EXPECT_EQ(tree.read("/secret"), "0\n");
}

TEST(LiveActuator, ReadsTheCommitLimitInEitherForm) {
  const HostTree by_ratio(
      {{"/proc/sys/vm/overcommit_ratio", "50\n"}, {"/proc/sys/vm/overcommit_kbytes", "0\n"}});
  const HostTree by_kbytes(
      {{"/proc/sys/vm/overcommit_ratio", "0\n"}, {"/proc/sys/vm/overcommit_kbytes", "8388608\n"}});
  const HostTree old_kernel(Files{{"/proc/sys/vm/overcommit_ratio", "50\n"}});
  const Target pair = target(StepType::commit_limit, "vm.overcommit_ratio|kbytes");
  EXPECT_EQ(read(by_ratio, pair).value(), "ratio=50");
  EXPECT_EQ(read(by_kbytes, pair).value(), "kbytes=8388608");
  EXPECT_EQ(read(old_kernel, pair).value(), "ratio=50");
}

TEST(LiveActuator, ChangesTheCommitLimitAsOneSetting) {
  const HostTree tree(
      {{"/proc/sys/vm/overcommit_ratio", "50\n"}, {"/proc/sys/vm/overcommit_kbytes", "0\n"}});
  const auto before = tree.snapshot();
  const Target pair = target(StepType::commit_limit, "vm.overcommit_ratio|kbytes");
  ASSERT_TRUE(change(tree, pair, "ratio=50", "kbytes=4194304"));
  EXPECT_EQ(tree.read("/proc/sys/vm/overcommit_kbytes"), "4194304\n");
  EXPECT_EQ(tree.read("/proc/sys/vm/overcommit_ratio"), "0\n");
  ASSERT_TRUE(change(tree, pair, "kbytes=4194304", "ratio=50"));
  EXPECT_EQ(tree.snapshot(), before);
  EXPECT_EQ(change(tree, pair, "ratio=50", "80").error().code, Errc::invalid);
  EXPECT_EQ(change(tree, pair, "ratio=50", "ratio=-1").error().code, Errc::invalid);
}

TEST(LiveActuator, MovesTheBracketsOfASysfsChoice) {
  const std::string path = "/sys/kernel/mm/transparent_hugepage/enabled";
  const HostTree tree(Files{{path, "[always] madvise never\n"}});
  const auto before = tree.snapshot();
  const Target knob = target(StepType::sysfs, path);
  EXPECT_EQ(read(tree, knob).value(), "always");
  ASSERT_TRUE(change(tree, knob, "always", "never"));
  EXPECT_EQ(tree.read(path), "always madvise [never]\n");
  EXPECT_EQ(change(tree, knob, "never", "sometimes").error().code, Errc::invalid);
  ASSERT_TRUE(change(tree, knob, "never", "always"));
  EXPECT_EQ(tree.snapshot(), before);
}

TEST(LiveActuator, WritesACgroupLimit) {
  const std::string path = "/sys/fs/cgroup/system.slice/redis.service/pids.max";
  const HostTree tree(Files{{path, "64\n"}});
  ASSERT_TRUE(change(tree, target(StepType::cgroup_file, path), "64", "max"));
  EXPECT_EQ(tree.read(path), "max\n");
}

TEST(LiveActuator, PutsTheOldValueBackWhenTheNewOneDoesNotStick) {
  // "7\n" is trimmed when read back, as a kernel that rounds or clamps would do.
  const HostTree tree(Files{{"/proc/sys/kernel/pid_max", "32768\n"}});
  const auto changed = change(tree, target(StepType::sysctl, "kernel.pid_max"), "32768", "7 ");
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, Errc::invalid);
  EXPECT_EQ(changed.error().message,
            "kernel.pid_max took \"7 \" and reads back as \"7\"; \"32768\" was put back");
  EXPECT_EQ(tree.read("/proc/sys/kernel/pid_max"), "32768\n");
}

TEST(LiveActuator, CannotMakeAKernelFileAbsent) {
  const HostTree tree(Files{{"/proc/sys/vm/overcommit_memory", "0\n"}});
  const auto changed =
      change(tree, target(StepType::sysctl, "vm.overcommit_memory"), "0", std::nullopt);
  EXPECT_EQ(changed.error().code, Errc::invalid);
  EXPECT_EQ(tree.read("/proc/sys/vm/overcommit_memory"), "0\n");
}

TEST(LiveActuator, NeedsToKnowHowToReachAnInstance) {
  const HostTree tree(Files{{"/proc/loadavg", ""}});
  Target parameter = target(StepType::config, "save");
  parameter.endpoint = "redis://127.0.0.1:6379";
  EXPECT_EQ(read(tree, parameter).error().code, Errc::invalid);
}

TEST(LiveActuator, FindsAnInstanceByItsUrl) {
  redis::ConnectionOptions options;
  options.endpoint = {.transport = redis::Transport::tcp, .host = "127.0.0.1", .port = 6380};
  const auto lookup = lookup_in({options});
  Target parameter = target(StepType::config, "save");
  parameter.endpoint = "redis://127.0.0.1:6380";
  ASSERT_TRUE(lookup(parameter));
  EXPECT_EQ(lookup(parameter)->endpoint, options.endpoint);
  parameter.endpoint = "redis://127.0.0.1:6379";
  EXPECT_FALSE(lookup(parameter));
}

}  // namespace
}  // namespace forkmend::engine
