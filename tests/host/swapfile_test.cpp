// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Swap files for real: on each file system that takes them, and on those that do not; killed in the
// middle; by the lines that a person would paste.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "agent/engine/await.hpp"
#include "agent/engine/changes.hpp"
#include "engine/recorded_changes.hpp"
#include "engine/rollback.hpp"
#include "engine/step_access.hpp"
#include "engine/swap_file.hpp"
#include "host/commands.hpp"
#include "host/live_plan.hpp"
#include "support/lab/host_guard.hpp"
#include "support/lab/program.hpp"
#include "support/lab/redis_server.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {
namespace {

namespace fs = std::filesystem;
using remediations::StepType;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kMountPoint = "/mnt/forkmend-test";
constexpr const char* kPath = "/mnt/forkmend-test/swap.forkmend";
constexpr const char* kRootPath = "/var/lib/swap-test.forkmend";
constexpr const char* kValue = "size=16777216 priority=-1";

Result<void> change(const std::string& path, StepValue expected, StepValue value) {
  auto actuator = actuator_on(host::Root());
  remediations::Target target{.type = StepType::swap, .name = path};
  return await(actuator.change({target, std::move(expected), std::move(value)}));
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename();
    if (name.find("forkmend") != std::string::npos) names.push_back(name);
  }
  return names;
}

/// Whether mkfs of that kind is there.
bool can_make(const std::string& type) {
  return host::find_program("mkfs." + type).has_value();
}

/// A file system of that type at kMountPoint, in an image of 800 MiB.
class OnFileSystem : public ::testing::Test {
 protected:
  OnFileSystem() { guard_.make_directory(kMountPoint); }

  void mount_image(const std::string& type) {
    const std::string image = dir_.path() / "image";
    std::ofstream(image).close();
    fs::resize_file(image, std::uintmax_t{800} << 20U);
    const auto made = run_program({"mkfs." + type, "-q", image});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    guard_.mount({"-t", type, "-o", "loop", image}, kMountPoint);
    guard_.clear_swap(kPath);
  }

  TempDir dir_;
  HostGuard guard_;
};

/// The remedy for a host that lacks 100 MiB of CommitLimit, asked to put the file there.
remediations::PlanResult plan_there() {
  constexpr std::int64_t kGibibyte = std::int64_t{1} << 30;
  return live_plan("swapfile",
                   {{"host.kernel_release", std::string("6.1.0")},
                    {"host.page_size", std::int64_t{4096}},
                    {"host.cpus_online", std::int64_t{2}},
                    {"host.cpus_present", std::int64_t{2}},
                    {"host.mem_total", 16 * kGibibyte},
                    {"host.mem_available", 10 * kGibibyte},
                    {"host.swap_total", std::int64_t{0}},
                    {"host.swap_free", std::int64_t{0}},
                    {"host.hugetlb", std::int64_t{0}},
                    {"host.overcommit_memory", std::int64_t{2}},
                    {"host.overcommit_ratio", std::int64_t{50}},
                    {"host.overcommit_kbytes", std::int64_t{0}},
                    {"host.admin_reserve_kbytes", std::int64_t{8192}},
                    {"host.user_reserve_kbytes", std::int64_t{0}},
                    {"host.committed_as", 7 * kGibibyte},
                    {"instance.accountable", kGibibyte},
                    {"instance.vm_size", 2 * kGibibyte},
                    {"instance.cap_sys_admin", false}},
                   "commit-limit", kPath);
}

void expect_swap_comes_and_goes() {
  EXPECT_EQ(proposal_of(plan_there()).steps.front().target.name, kPath);
  const std::string before = read_file("/proc/swaps");
  const auto made = change(kPath, std::nullopt, kValue);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_THAT(read_file("/proc/swaps"), HasSubstr(kPath));
  struct stat status{};
  ASSERT_EQ(stat(kPath, &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  EXPECT_THAT(run_program({"swapon", "--show=NAME,LABEL", "--noheadings"}).out,
              HasSubstr("forkmend"));
  const auto removed = change(kPath, kValue, std::nullopt);
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(read_file("/proc/swaps"), before);
  EXPECT_THAT(names_in(kMountPoint), ::testing::IsEmpty());
}

TEST_F(OnFileSystem, Ext4TakesASwapFile) {
  mount_image("ext4");
  expect_swap_comes_and_goes();
}

TEST_F(OnFileSystem, XfsTakesASwapFile) {
  if (!can_make("xfs")) GTEST_SKIP() << "there is no mkfs.xfs here";
  mount_image("xfs");
  expect_swap_comes_and_goes();
}

TEST_F(OnFileSystem, BtrfsRefusesItAndNothingIsLeft) {
  if (!can_make("btrfs")) GTEST_SKIP() << "there is no mkfs.btrfs here";
  mount_image("btrfs");
  EXPECT_THAT(refusal_of(plan_there()), HasSubstr("btrfs filesystem mkswapfile"));
  const auto refused = change(kPath, std::nullopt, kValue);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("takes no swap file"));
  EXPECT_THAT(names_in(kMountPoint), ::testing::IsEmpty());
}

TEST_F(OnFileSystem, TmpfsRefusesItAndNothingIsLeft) {
  guard_.mount({"-t", "tmpfs", "-o", "mode=0755", "none"}, kMountPoint);
  EXPECT_THAT(refusal_of(plan_there()), HasSubstr("tmpfs is memory itself"));
  const auto refused = change(kPath, std::nullopt, kValue);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("takes no swap file"));
  EXPECT_THAT(names_in(kMountPoint), ::testing::IsEmpty());
}

TEST_F(OnFileSystem, OverlayRefusesItAndNothingIsLeft) {
  for (const char* name : {"lower", "upper", "work"}) fs::create_directory(dir_.path() / name);
  const std::string base = dir_.path();
  guard_.mount(
      {"-t", "overlay", "none", "-o",
       "lowerdir=" + base + "/lower,upperdir=" + base + "/upper,workdir=" + base + "/work"},
      kMountPoint);
  fs::permissions(dir_.path() / "upper", fs::perms(0755));
  EXPECT_THAT(refusal_of(plan_there()), HasSubstr("use a path of the host"));
  const auto refused = change(kPath, std::nullopt, kValue);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("takes no swap file"));
  EXPECT_THAT(names_in(kMountPoint), ::testing::IsEmpty());
}

TEST_F(OnFileSystem, AFullDiskIsToldAndNothingIsLeft) {
  mount_image("ext4");
  const auto refused = change(kPath, std::nullopt, "size=1073741824 priority=-1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::no_space);
  EXPECT_THAT(names_in(kMountPoint), ::testing::IsEmpty());
}

TEST(SwapFileOfTheHost, HasThePriorityThatIsAsked) {
  HostGuard guard;
  guard.clear_swap(kRootPath);
  ASSERT_TRUE(change(kRootPath, std::nullopt, "size=16777216 priority=7"));
  EXPECT_EQ(engine::read_swap_step(host::Root(), kRootPath).value(), "size=16777216 priority=7");
  EXPECT_TRUE(change(kRootPath, "size=16777216 priority=7", std::nullopt));
}

TEST(SwapFileOfTheHost, StaysWhileItsPagesDoNotFitUnderTheLimitOfTheirCgroup) {
  const bool version_1 = fs::exists("/sys/fs/cgroup/memory/cgroup.procs");
  if (version_1 && !fs::exists("/sys/fs/cgroup/memory/memory.memsw.usage_in_bytes")) {
    GTEST_SKIP() << "this kernel does not account for swap";
  }
  HostGuard guard;
  guard.clear_swap(kRootPath);
  const std::string cgroup = std::string("/sys/fs/cgroup/") + (version_1 ? "memory/" : "") +
                             "forkmend-test-" + std::to_string(getpid());
  guard.make_cgroup(cgroup);
  const std::string limit = cgroup + (version_1 ? "/memory.limit_in_bytes" : "/memory.max");
  constexpr const char* kLarge = "size=268435456 priority=-1";
  ASSERT_TRUE(change(kRootPath, std::nullopt, kLarge));
  const RedisServer server;
  write_text(cgroup + "/cgroup.procs", std::to_string(server.pid()));
  write_text(limit, std::to_string(40 << 20));
  server.call({"EVAL",
               "for i = 1, 80 do redis.call('SET', 'big:' .. i, string.rep('a', 1048576)) end "
               "return 'OK'",
               "0"});
  const auto refused = change(kRootPath, kLarge, std::nullopt);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::busy);
  EXPECT_THAT(refused.error().message, HasSubstr("than its memory limit has room for"));
  EXPECT_THAT(read_file("/proc/swaps"), HasSubstr(kRootPath));
  write_text(limit, std::to_string(400 << 20));
  const auto removed = change(kRootPath, kLarge, std::nullopt);
  EXPECT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(server.call({"STRLEN", "big:80"}), "1048576");
}

/// Records the intent, then dies in a child at a moment of the making.
enum class Moment { only_the_temporary_file, before_swapon, after_swapon };

void die_making(const std::string& state_dir, Moment moment) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto journal = engine::Journal::open(state_dir).value();
    const auto step = testing::step(StepType::swap, kRootPath, std::nullopt, kValue);
    static_cast<void>(journal->intend(change_of(step)));
    const auto place = engine::swap_place(kRootPath).value();
    if (moment == Moment::only_the_temporary_file) {
      std::ofstream("/var/lib/.swap-test.forkmend.new") << "half";
    } else if (moment == Moment::before_swapon) {
      static_cast<void>(await(engine::make_swap_file(host::Root(), place, 16 << 20)));
    } else {
      static_cast<void>(change(kRootPath, std::nullopt, kValue));
    }
    raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST(SwapFileOfTheHost, IsFoundAndRemovedAfterAKillAtAnyMoment) {
  HostGuard guard;
  guard.clear_swap(kRootPath);
  const auto before = host_snapshot();
  for (const Moment moment :
       {Moment::only_the_temporary_file, Moment::before_swapon, Moment::after_swapon}) {
    const TempDir state;
    {
      const auto journal = journal_with_incident(state.path());
    }
    die_making(state.path(), moment);
    const auto journal = engine::Journal::open(state.path()).value();
    auto actuator = actuator_on(host::Root());
    const auto items =
        await(engine::rollback(journal.get(), &actuator, {.selector = "", .all = true}));
    ASSERT_TRUE(items) << items.error().message;
    for (const auto& item : *items) {
      EXPECT_EQ(item.result, engine::ChangeState::undone) << item.says;
    }
    EXPECT_THAT(names_in("/var/lib"), Not(::testing::Contains(HasSubstr("swap-test"))));
  }
  EXPECT_EQ(difference(before, host_snapshot()), "");
}

}  // namespace
}  // namespace forkmend::testing
