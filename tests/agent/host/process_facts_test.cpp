// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include "base/fact_catalog.hpp"
#include "base/units.hpp"
#include "host/facts.hpp"
#include "host/privilege.hpp"
#include "sample_host.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using testing::Files;
using testing::HostTree;
using testing::sample_host;
using testing::with;

FactSet facts_of_process(const Files& changes, std::int64_t pid = 812) {
  const HostTree tree(with(sample_host(), changes));
  return process_facts(tree.root(), pid, host_facts(tree.root()));
}

FactState state(const FactSet& facts, std::string_view name) {
  const Fact* fact = facts.find(name);
  return fact != nullptr ? fact->state : FactState::unknown;
}

std::string status_with(const std::string& capabilities, const std::string& uid = "999") {
  return "Pid:\t812\nUid:\t" + uid + "\t0\t0\t0\nVmData:\t 4800000 kB\nVmStk:\t 132 kB\n" +
         "Threads:\t5\nCapEff:\t" + capabilities + "\n";
}

constexpr const char* kAllCapabilities = "000001ffffffffff";

TEST(ProcessFacts, HoldTheProcess) {
  const FactSet facts = facts_of_process({});
  EXPECT_EQ(facts.integer("instance.pid"), 812);
  EXPECT_EQ(facts.integer("instance.start_time"), 90321);
  EXPECT_EQ(facts.integer("instance.uid"), 999);
  EXPECT_EQ(facts.integer("instance.threads"), 5);
  EXPECT_EQ(facts.text("instance.exe"), "/usr/bin/redis-check-rdb");
  EXPECT_EQ(facts.text("instance.cwd"), "/var/lib/redis");
  EXPECT_EQ(facts.integer("instance.vm_size"), 5000000LL * 1024);
  EXPECT_EQ(facts.integer("instance.rss"), 4000000LL * 1024);
  EXPECT_EQ(facts.integer("instance.rss_anon"), 3900000LL * 1024);
  EXPECT_EQ(facts.integer("instance.vm_pte"), 8000LL * 1024);
  EXPECT_EQ(facts.integer("instance.vm_swap"), 0);
  EXPECT_EQ(facts.flag("instance.thp_disabled"), true);
}

TEST(ProcessFacts, HoldItsLimits) {
  const FactSet facts = facts_of_process({});
  EXPECT_EQ(facts.integer("instance.nproc_soft"), 4096);
  EXPECT_EQ(facts.integer("instance.nproc_hard"), kUnlimited);
  EXPECT_EQ(facts.integer("instance.uid_tasks"), 5);
  EXPECT_EQ(facts.flag("instance.nproc_exempt"), false);
}

TEST(ProcessFacts, HoldEveryCgroupLevel) {
  const FactSet facts = facts_of_process({});
  EXPECT_EQ(facts.text("instance.cgroup"), "/system.slice/redis-server.service");
  EXPECT_EQ(facts.text("instance.unit"), "redis-server.service");
  EXPECT_EQ(facts.integer("instance.pids.levels"), 2);
  EXPECT_EQ(facts.integer("instance.pids.0.max"), 100);
  EXPECT_EQ(facts.integer("instance.pids.0.events_max"), 7);
  EXPECT_EQ(facts.integer("instance.pids.1.max"), kUnlimited);
  EXPECT_EQ(facts.text("instance.pids.1.path"), "/sys/fs/cgroup/system.slice");
  EXPECT_EQ(facts.integer("instance.memory.0.max"), 8589934592);
  EXPECT_EQ(facts.integer("instance.memory.0.oom"), 2);
  EXPECT_EQ(facts.integer("instance.memory.1.oom_kill"), 1);
  EXPECT_EQ(facts.integer("instance.memory.0.reclaimable"), 1230);
}

TEST(ProcessFacts, HoldTheChildThatSaves) {
  const auto stat = [](const std::string& pid, const std::string& parent,
                       const std::string& start) {
    return pid + " (redis-server) T " + parent + " 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 " + start +
           " 0 0\n";
  };
  const FactSet facts = facts_of_process({
      {"proc/812/task/812/children", "900 901 902 "},
      {"proc/900/stat", stat("900", "812", "91000")},
      {"proc/901/stat", stat("901", "812", "92000")},
      {"proc/902/stat", stat("902", "1", "93000")},  // its number is another's by now
  });
  EXPECT_EQ(facts.integer("instance.child.pid"), 901);
  EXPECT_EQ(facts.integer("instance.child.start_time"), 92000);
  EXPECT_EQ(facts.text("instance.child.state"), "T");
  EXPECT_EQ(
      facts_of_process({{"proc/812/task/812/children", "\n"}}).find("instance.child.pid")->state,
      FactState::not_applicable);
  EXPECT_EQ(facts_of_process({}).find("instance.child.pid")->state, FactState::unknown)
      << "nobody captured the list";
}

TEST(ProcessFacts, AreAllInTheCatalogue) {
  const FactSet facts = facts_of_process({});
  for (const auto& [name, fact] : facts.all()) EXPECT_NE(find_fact_info(name), nullptr) << name;
}

TEST(ProcessFacts, WalkSmapsInModeTwo) {
  const FactSet facts = facts_of_process({});
  EXPECT_EQ(facts.integer("instance.accountable"), (1LL << 30U) + (2LL << 20U));
  EXPECT_EQ(facts.integer("instance.accountable_max"), 1LL << 30U);
  EXPECT_EQ(facts.integer("instance.accountable_bound"), 5000000LL * 1024);
}

TEST(ProcessFacts, DoNotWalkSmapsWhereTheBoundDecides) {
  const FactSet mode0 = facts_of_process({{"/proc/sys/vm/overcommit_memory", "0\n"}});
  EXPECT_EQ(state(mode0, "instance.accountable"), FactState::unknown);
  EXPECT_EQ(mode0.find("instance.accountable")->reason,
            "not read: even the upper bound fits under the rule of mode 0");
  const FactSet mode1 = facts_of_process({{"/proc/sys/vm/overcommit_memory", "1\n"}});
  EXPECT_EQ(state(mode1, "instance.accountable_max"), FactState::unknown);
}

TEST(ProcessFacts, WalkSmapsInModeZeroWhereTheOldRuleIsTight) {
  const FactSet facts = facts_of_process(
      {{"/proc/sys/vm/overcommit_memory", "0\n"},
       {"/proc/vmstat",
        "nr_free_pages 250000\nnr_file_pages 9000\nnr_shmem 0\nnr_slab_reclaimable 0\n"},
       {"/proc/sys/kernel/osrelease", "4.18.0-553.el8_10.x86_64\n"}});
  EXPECT_EQ(facts.integer("instance.accountable_max"), 1LL << 30U);
}

TEST(ProcessFacts, KnowCapabilitiesOnlyInTheInitialUserNamespace) {
  const Files root = {{"/proc/812/status", status_with(kAllCapabilities)}};
  EXPECT_EQ(facts_of_process(root).flag("instance.cap_sys_admin"), true);
  EXPECT_EQ(facts_of_process(root).flag("instance.cap_sys_resource"), true);
  const FactSet contained =
      facts_of_process(with(root, {{"/proc/812/ns/user", "-> user:[4026532201]"}}));
  EXPECT_EQ(contained.flag("instance.cap_sys_admin"), false);
  EXPECT_EQ(contained.flag("instance.initial_user_namespace"), false);
  const FactSet hidden = facts_of_process(
      {{"/proc/812/status", status_with(kAllCapabilities)}, {"/proc/812/ns/user", ""}});
  EXPECT_EQ(state(hidden, "instance.cap_sys_admin"), FactState::unknown);
  EXPECT_EQ(facts_of_process({}).flag("instance.cap_sys_admin"), false);
}

TEST(ProcessFacts, HeedSecurityModules) {
  const std::string status = status_with(kAllCapabilities);
  const auto label = [&](const std::string& text, const std::string& enforce) {
    return facts_of_process({{"/proc/812/status", status},
                             {"/proc/812/attr/current", text},
                             {"/sys/fs/selinux/enforce", enforce}});
  };
  EXPECT_EQ(label("system_u:system_r:redis_t:s0\n", "1").flag("instance.cap_sys_admin"), false);
  EXPECT_EQ(label("system_u:system_r:redis_t:s0\n", "0").flag("instance.cap_sys_admin"), true);
  EXPECT_EQ(label("unconfined\n", "").flag("instance.cap_sys_admin"), true);
  EXPECT_EQ(state(label("docker-default (enforce)\n", ""), "instance.cap_sys_admin"),
            FactState::unreadable);
}

TEST(ProcessFacts, CountNoTasksWhereTheLimitDoesNotBind) {
  const FactSet facts =
      facts_of_process({{"/proc/812/status", status_with("0000000000000000", "0")}});
  EXPECT_EQ(facts.flag("instance.nproc_exempt"), true);
  EXPECT_EQ(state(facts, "instance.uid_tasks"), FactState::not_applicable);
}

TEST(ProcessFacts, CountAllUserNamespacesTogetherOnOldKernels) {
  const Files other = {{"/proc/900/status", "Pid:\t900\nUid:\t999\t0\t0\t0\nThreads:\t20\n"},
                       {"/proc/900/ns/user", "-> user:[4026532201]"}};
  EXPECT_EQ(facts_of_process(other).integer("instance.uid_tasks"), 5);
  const FactSet old =
      facts_of_process(with(other, {{"/proc/sys/kernel/osrelease", "5.10.0-30-amd64\n"}}));
  EXPECT_EQ(old.integer("instance.uid_tasks"), 25);
}

TEST(ProcessFacts, DoNotCountUnderHidepid) {
  const FactSet facts = facts_of_process(
      {{"/proc/self/mountinfo", "22 27 0:21 / /proc rw,relatime - proc proc rw,hidepid=2\n"}});
  EXPECT_EQ(state(facts, "instance.uid_tasks"), FactState::unreadable);
  EXPECT_EQ(facts.integer("instance.nproc_soft"), 4096);
}

TEST(ProcessFacts, SurviveAProcessThatVanishesBetweenTwoReads) {
  // Each file in turn is gone, as when the process ends at that moment.
  for (const auto& [path, content] : sample_host()) {
    if (!path.starts_with("/proc/812/")) continue;
    const FactSet facts = facts_of_process({{path, ""}});
    EXPECT_EQ(facts.integer("instance.pid"), 812) << path;
    for (const auto& [name, fact] : facts.all()) {
      EXPECT_EQ(fact.reason.empty(), fact.state == FactState::value) << path << " " << name;
    }
  }
}

TEST(ProcessFacts, HoldNothingOfAProcessThatIsGone) {
  const FactSet facts = facts_of_process({}, 4242);
  EXPECT_EQ(facts.integer("instance.pid"), 4242);
  for (const std::string_view name : {"instance.uid", "instance.accountable", "instance.exe",
                                      "instance.start_time", "instance.pids.levels"}) {
    EXPECT_EQ(state(facts, name), FactState::unknown) << name;
    EXPECT_NE(facts.find(name)->reason, "") << name;
  }
  EXPECT_EQ(facts.find("instance.local"), nullptr);
}

TEST(NprocExempt, IsThreeValued) {
  EXPECT_EQ(nproc_exempt(true, 0, false, false), true);
  EXPECT_EQ(nproc_exempt(false, 0, false, false), false);
  EXPECT_EQ(nproc_exempt(std::nullopt, 0, false, false), std::nullopt);
  EXPECT_EQ(nproc_exempt(true, 999, false, true), true);
  EXPECT_EQ(nproc_exempt(std::nullopt, 999, false, false), false);
  EXPECT_EQ(nproc_exempt(true, 999, std::nullopt, false), std::nullopt);
  EXPECT_EQ(nproc_exempt(true, std::nullopt, false, false), std::nullopt);
}

}  // namespace
}  // namespace forkmend::host
