// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecast/commit.hpp"
#include "host/mountinfo.hpp"
#include "remediations/fails_at_each_step.hpp"
#include "remediations/planning.hpp"
#include "remediations/swap_place.hpp"
#include "remediations/swap_unit.hpp"

namespace forkmend::remediations {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::kGibibyte;
using testing::notes_of;
using testing::Planning;

constexpr std::int64_t kMebibyte = std::int64_t{1} << 20;

constexpr auto kRootOnExt4 = "21 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n";
constexpr auto kDataDisk = "30 21 254:16 / /srv rw,relatime - ext4 /dev/vdb rw\n";

/// 40 GiB are free everywhere.
constexpr auto kDisks = R"(["/var/lib"]
block_size = 4096
blocks = 26214400
bavail = 10485760
files = 1000
favail = 1000
type = "ext4"
options = "rw"

["/srv"]
block_size = 4096
blocks = 26214400
bavail = 10485760
files = 1000
favail = 1000
type = "ext4"
options = "rw"
)";

/// Strict overcommit, and CommitLimit (10 GiB) is short of the child's 4 GiB.
Planning strict_host() {
  Planning planning("swapfile", {{"/proc/self/mountinfo", kRootOnExt4},
                                 {"/proc/812/mountinfo", kRootOnExt4},
                                 {"/var/lib/keep", ""}});
  planning.tables.statvfs = kDisks;
  planning.set(testing::own_host());
  planning.set(testing::local_server());
  planning.set({{"host.kernel_release", std::string("6.1.0-28-amd64")},
                {"host.overcommit_memory", std::int64_t{2}},
                {"host.overcommit_ratio", std::int64_t{50}},
                {"host.overcommit_kbytes", std::int64_t{0}},
                {"host.hugetlb", std::int64_t{0}},
                {"host.admin_reserve_kbytes", std::int64_t{8192}},
                {"host.user_reserve_kbytes", std::int64_t{131072}},
                {"host.cpus_online", std::int64_t{2}},
                {"host.cpus_present", std::int64_t{2}},
                {"host.commit_limit", 10 * kGibibyte},
                {"host.committed_as", 7 * kGibibyte},
                {"instance.memory.levels", std::int64_t{0}},
                {"instance.accountable", 4 * kGibibyte},
                {"instance.vm_size", 5 * kGibibyte},
                {"instance.cap_sys_admin", false},
                {"instance.dir.path", std::string("/srv/redis")},
                {"instance.dir.available_bytes", 40 * kGibibyte},
                {"instance.dir.target_size", 10 * kMebibyte}});
  return planning;
}

std::int64_t size_of(const Step& step) {
  const std::string value = step.after.value_or("");
  return std::stoll(value.substr(value.find('=') + 1));
}

TEST(Swapfile, IsJustLargeEnoughForTheNextFork) {
  const Planning planning = strict_host();
  EXPECT_EQ(planning.probe().answer, Applicability::applicable);
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  const Step& step = proposal.steps.front();
  EXPECT_EQ(step.target.type, StepType::swap);
  EXPECT_EQ(step.target.name, "/var/lib/swap.forkmend");
  EXPECT_EQ(step.before, std::nullopt);
  EXPECT_EQ(step.risk, Risk::disruptive);
  EXPECT_TRUE(step.needs_root);
  const std::int64_t required = *forecast::required_commit_bytes(planning.facts);
  EXPECT_GT(size_of(step), required);
  EXPECT_LT(size_of(step), required + required / 8 + 129 * kMebibyte);
  EXPECT_EQ(size_of(step) % (64 * kMebibyte), 0);
  EXPECT_THAT(*step.after, EndsWith(" priority=-1"));
}

TEST(Swapfile, MakesTheForecastAdmitTheFork) {
  const Planning planning = strict_host();
  EXPECT_EQ(forecast::forecast_fork(planning.facts).find("OC2")->verdict,
            forecast::Verdict::refused);
  const auto after =
      forecast::forecast_fork(planning.facts.with(planning.proposal().steps.front().effects));
  EXPECT_EQ(after.find("OC2")->verdict, forecast::Verdict::admitted);
}

TEST(Swapfile, SaysWhatToTypeWithoutTouchingWhatIsThere) {
  const Step step = strict_host().proposal().steps.front();
  const std::string bytes = std::to_string(size_of(step));
  EXPECT_EQ(step.shell,
            "(umask 077; set -C; : > /var/lib/swap.forkmend) && fallocate -l " + bytes +
                " /var/lib/swap.forkmend && mkswap -L forkmend /var/lib/swap.forkmend && swapon "
                "/var/lib/swap.forkmend");
  EXPECT_EQ(step.undo_shell, "swapoff /var/lib/swap.forkmend && rm /var/lib/swap.forkmend");
}

TEST(Swapfile, TakesTheNamedSizePathAndPriority) {
  Planning planning = strict_host();
  planning.tree->write("/srv/keep", "");
  planning.parameters.set("size", 3 * kGibibyte + 5);
  planning.parameters.set("path", std::string("/srv/forkmend.swap"));
  planning.parameters.set("priority", std::int64_t{5});
  const Step step = planning.proposal().steps.front();
  EXPECT_EQ(step.target.name, "/srv/forkmend.swap");
  EXPECT_EQ(step.after, "size=3221225472 priority=5");
  EXPECT_THAT(step.shell, HasSubstr("swapon --priority 5 /srv/forkmend.swap"));
}

TEST(Swapfile, RefusesASizeThatIsNotEnough) {
  Planning planning = strict_host();
  planning.parameters.set("size", kMebibyte);
  EXPECT_THAT(planning.refusal(), HasSubstr("a swap file of 1 MiB is not enough"));
}

TEST(Swapfile, RefusesWhereMaxSizeIsTooSmall) {
  Planning planning = strict_host();
  planning.parameters.set("max_size", 64 * kMebibyte);
  EXPECT_THAT(planning.refusal(), HasSubstr("max_size allows a swap file of 64 MiB"));
}

TEST(Swapfile, LeavesAHostWithRoomAlone) {
  Planning planning = strict_host();
  planning.set({{"host.committed_as", kGibibyte}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
}

TEST(Swapfile, SaysUnknownWithoutWhatCommitLimitIsMadeOf) {
  Planning planning = strict_host();
  planning.hide("host.committed_as");
  EXPECT_EQ(planning.probe().answer, Applicability::unknown);
}

TEST(Swapfile, GivesRoomForWhatASaveCopies) {
  Planning planning = strict_host();
  planning.set({{"host.overcommit_memory", std::int64_t{1}},
                {"host.mem_available", 256 * kMebibyte},
                {"host.swap_free", std::int64_t{0}}});
  planning.blame("memory-shortage");
  const Step step = planning.proposal().steps.front();
  EXPECT_GT(size_of(step), 768 * kMebibyte);
  const auto after = forecast::forecast_fork(planning.facts.with(step.effects));
  EXPECT_EQ(after.cow.verdict, forecast::Verdict::admitted) << after.cow.says;
}

/// What sysfs has of a block device; `below` is its path from "block" on, "vda/vda1" of a
/// partition.
void add_device(Planning& planning, const std::string& numbers, const std::string& below) {
  const std::string name = below.substr(below.rfind('/') + 1);
  const std::string directory = "devices/virtual/block/" + below;
  planning.tree->write("/sys/" + directory + "/dev", numbers + "\n");
  if (name != below) planning.tree->write("/sys/" + directory + "/partition", "1\n");
  planning.tree->write("/sys/dev/block/" + numbers, "-> ../../" + directory);
  planning.tree->write("/sys/class/block/" + name, "-> ../../" + directory);
}

/// Saves go to /var/lib, and /srv is another file system.
Planning two_file_systems() {
  Planning planning = strict_host();
  planning.tree->write("/srv/keep", "");
  planning.tree->write("/proc/self/mountinfo", std::string(kRootOnExt4) + kDataDisk);
  planning.tree->write("/proc/812/mountinfo", std::string(kRootOnExt4) + kDataDisk);
  planning.set({{"instance.dir.path", std::string("/var/lib/redis")}});
  return planning;
}

std::string with_saves_on_srv(Planning planning) {
  planning.set({{"instance.dir.path", std::string("/srv/redis")}});
  return notes_of(planning.proposal());
}

TEST(Swapfile, TakesPartsOfADiskForThatDisk) {
  Planning partitions = two_file_systems();
  add_device(partitions, "254:1", "vda");
  add_device(partitions, "254:0", "vda/vda1");
  add_device(partitions, "254:16", "vda/vda2");
  EXPECT_THAT(notes_of(partitions.proposal()), HasSubstr("it lies on the disk of the saves"));
  EXPECT_THAT(with_saves_on_srv(std::move(partitions)), HasSubstr("disk of the saves"));
  Planning volumes = two_file_systems();
  add_device(volumes, "8:0", "sda");
  add_device(volumes, "8:1", "sda/sda1");
  add_device(volumes, "254:0", "dm-0");
  add_device(volumes, "254:16", "dm-1");
  for (const char* volume : {"dm-0", "dm-1"}) {
    volumes.tree->write("/sys/devices/virtual/block/" + std::string(volume) + "/slaves/sda1",
                        "-> ../../sda/sda1");
  }
  EXPECT_THAT(notes_of(volumes.proposal()), HasSubstr("it lies on the disk of the saves"));
}

TEST(Swapfile, TakesADiskThatNobodyKnowsForThatOfTheSaves) {
  EXPECT_THAT(notes_of(two_file_systems().proposal()),
              HasSubstr("it lies on the disk of the saves"));
}

TEST(Swapfile, SaysWhatSwappingDoesToANodeOfACluster) {
  Planning planning = strict_host();
  EXPECT_THAT(notes_of(planning.proposal()), ::testing::Not(HasSubstr("cluster")));
  planning.set({{"redis.cluster_enabled", std::int64_t{1}},
                {"redis.config.cluster-node-timeout", std::string("15000")}});
  EXPECT_THAT(notes_of(planning.proposal()),
              HasSubstr("longer than cluster-node-timeout (15000 ms) the others fail it over"));
}

TEST(Swapfile, LooksForAnotherDiskThanThatOfTheSaves) {
  Planning planning = two_file_systems();
  add_device(planning, "254:0", "vda");
  add_device(planning, "254:16", "vdb");
  EXPECT_EQ(planning.proposal().steps.front().target.name, "/srv/swap.forkmend");
  planning.set({{"instance.dir.path", std::string("/srv/redis")}});
  const Proposal proposal = planning.proposal();
  EXPECT_EQ(proposal.steps.front().target.name, "/var/lib/swap.forkmend");
  EXPECT_THAT(notes_of(proposal), ::testing::Not(HasSubstr("disk of the saves")));
}

TEST(Swapfile, LeavesRoomForTwoSavesOnTheirDisk) {
  Planning planning = strict_host();
  EXPECT_THAT(notes_of(planning.proposal()), HasSubstr("it lies on the disk of the saves"));
  planning.set({{"instance.dir.target_size", std::int64_t{1} << 50}});
  EXPECT_THAT(planning.refusal(), HasSubstr("(two saves are written there)"));
}

TEST(Swapfile, TakesAnotherNameThanThatOfAFileThatIsThere) {
  Planning planning = strict_host();
  planning.tree->write("/var/lib/swap.forkmend", "somebody's");
  EXPECT_EQ(planning.proposal().steps.front().target.name, "/var/lib/swap2.forkmend");
  planning.parameters.set("path", std::string("/var/lib/swap.forkmend"));
  EXPECT_EQ(planning.refusal(), "/var/lib/swap.forkmend exists already");
}

TEST(Swapfile, RefusesAPathThatDoesNotNameForkmend) {
  Planning planning = strict_host();
  for (const char* path : {"/var/lib/swapfile", "swap.forkmend", "/swap.forkmend"}) {
    planning.parameters.set("path", std::string(path));
    EXPECT_THAT(planning.refusal(), HasSubstr("is no path for the swap file")) << path;
  }
}

TEST(Swapfile, SaysWhyAFileSystemDoesNotDo) {
  const std::pair<const char*, const char*> cases[] = {
      {"btrfs", "btrfs filesystem mkswapfile"},
      {"overlay", "use a path of the host"},
      {"tmpfs", "tmpfs is memory itself"},
      {"zfs", "can deadlock"},
      {"nfs4", "needs memory to free memory"},
      {"ext3", "a person can use dd"},
      {"fuse.sshfs", "FUSE"},
      {"bcachefs", "it is not known whether bcachefs"}};
  for (const auto& [type, says] : cases) {
    Planning planning = strict_host();
    planning.tree->write("/proc/self/mountinfo",
                         std::string("21 1 254:0 / / rw - ") + type + " /dev/vda rw\n");
    EXPECT_THAT(planning.refusal(), HasSubstr("no swap file in /var/lib: ")) << type;
    EXPECT_THAT(planning.refusal(), HasSubstr(says)) << type;
  }
}

TEST(Swapfile, KnowsFromWhichKernelOnXfsTakesOne) {
  const host::Mount xfs{.options = "rw", .type = "xfs"};
  EXPECT_EQ(why_no_swap_file(xfs, "4.18.0-80.el8"), std::nullopt);
  EXPECT_THAT(*why_no_swap_file(xfs, "3.10.0-1160.el7"), HasSubstr("from Linux 4.18 on"));
  const host::Mount read_only{.options = "ro,relatime", .type = "ext4"};
  EXPECT_EQ(why_no_swap_file(read_only, "6.1.0"), "it is mounted read-only");
}

TEST(Swapfile, SaysWhereACgroupMayNotSwap) {
  Planning planning = strict_host();
  planning.set({{"instance.memory.levels", std::int64_t{1}},
                {"instance.memory.0.path", std::string("/sys/fs/cgroup/redis")},
                {"instance.memory.0.max", kUnlimited},
                {"instance.memory.0.swap_max", std::int64_t{0}}});
  EXPECT_THAT(notes_of(planning.proposal()),
              HasSubstr("memory.swap.max of /sys/fs/cgroup/redis is 0"));
}

TEST(Swapfile, LeavesTheHostAloneFromInsideAContainer) {
  Planning planning = strict_host();
  planning.set({{"host.container", std::string("docker")}});
  EXPECT_THAT(planning.refusal(), HasSubstr("on the host itself run: (umask 077"));
}

TEST(Swapfile, RefusesWhenACopyWouldNotFitEvenSo) {
  Planning planning = strict_host();
  planning.set({{"host.mem_available", std::int64_t{0}},
                {"host.swap_free", std::int64_t{0}},
                {"redis.rdb_last_cow_size", 64 * kGibibyte}});
  EXPECT_THAT(planning.refusal(), HasSubstr("would become an OOM kill"));
}

TEST(Swapfile, IsKeptByAUnitThatTheBootDoesNotWaitFor) {
  const Proposal proposal = strict_host().proposal();
  ASSERT_EQ(proposal.persist.size(), 2U);
  EXPECT_EQ(proposal.persist[0].target.name, "/etc/systemd/system/var-lib-swap.forkmend.swap");
  EXPECT_THAT(*proposal.persist[0].after,
              EndsWith("\n[Unit]\nDescription=Swap file of forkmend\n"
                       "ConditionPathExists=/var/lib/swap.forkmend\n[Swap]\n"
                       "What=/var/lib/swap.forkmend\n"));
  EXPECT_EQ(proposal.persist[1].target.name, "/etc/systemd/system/swap.target.d/50-forkmend.conf");
  EXPECT_THAT(*proposal.persist[1].after, EndsWith("\n[Unit]\nWants=var-lib-swap.forkmend.swap\n"));
  EXPECT_EQ(proposal.persist[1].target.afterwards, "daemon-reload");
}

TEST(Swapfile, NamesTheLineForFstabWithoutSystemd) {
  Planning planning = strict_host();
  planning.set({{"host.systemd", false}});
  const Proposal proposal = planning.proposal();
  EXPECT_TRUE(proposal.persist.empty());
  EXPECT_THAT(notes_of(proposal),
              HasSubstr("echo '/var/lib/swap.forkmend none swap nofail 0 0' >> /etc/fstab"));
}

TEST(Swapfile, NamesUnitsAsSystemdDoes) {
  EXPECT_EQ(swap_unit_name("/var/lib/swap.forkmend"), "var-lib-swap.forkmend.swap");
  EXPECT_EQ(swap_unit_name("/mnt/my-disk/forkmend swap"), "mnt-my\\x2ddisk-forkmend\\x20swap.swap");
  EXPECT_EQ(swap_unit_name("/.hidden/.forkmend"), "\\x2ehidden-.forkmend.swap");
}

TEST(Swapfile, LeavesTheHostAsItWasWhereverItFails) {
  testing::fails_at_each_step(strict_host());
}

}  // namespace
}  // namespace forkmend::remediations
