// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include "base/fact_catalog.hpp"
#include "host/fact_writer.hpp"
#include "host/facts.hpp"
#include "sample_host.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using testing::Files;
using testing::HostTree;
using testing::sample_host;
using testing::with;

FactSet facts_of(const Files& changes) {
  return host_facts(HostTree(with(sample_host(), changes)).root());
}

FactState state(const FactSet& facts, std::string_view name) {
  const Fact* fact = facts.find(name);
  return fact != nullptr ? fact->state : FactState::unknown;
}

TEST(HostFacts, HoldMemoryInBytes) {
  const FactSet facts = facts_of({});
  EXPECT_EQ(facts.integer("host.mem_total"), 16384000LL * 1024);
  EXPECT_EQ(facts.integer("host.mem_available"), 4096000LL * 1024);
  EXPECT_EQ(facts.integer("host.swap_free"), 1024000LL * 1024);
  EXPECT_EQ(facts.integer("host.commit_limit"), 10240000LL * 1024);
  EXPECT_EQ(facts.integer("host.committed_as"), 9000000LL * 1024);
  EXPECT_EQ(facts.integer("host.hugetlb"), 4096LL * 1024);
  EXPECT_EQ(facts.find("host.mem_total")->unit, "bytes");
  EXPECT_EQ(facts.find("host.mem_total")->source, "/proc/meminfo MemTotal");
}

TEST(HostFacts, HoldTheKernelsSettings) {
  const FactSet facts = facts_of({});
  EXPECT_EQ(facts.integer("host.overcommit_memory"), 2);
  EXPECT_EQ(facts.integer("host.overcommit_ratio"), 50);
  EXPECT_EQ(facts.integer("host.overcommit_kbytes"), 0);
  EXPECT_EQ(facts.integer("host.admin_reserve_kbytes"), 8192);
  EXPECT_EQ(facts.integer("host.user_reserve_kbytes"), 131072);
  EXPECT_EQ(facts.integer("host.pid_max"), 4194304);
  EXPECT_EQ(facts.integer("host.threads_max"), 127000);
  EXPECT_EQ(facts.integer("host.threads"), 412);
  EXPECT_EQ(facts.integer("host.page_size"), 4096);
  EXPECT_EQ(facts.integer("host.oom_kills"), 3);
}

TEST(HostFacts, HoldTheInputsOfTheOldRule) {
  const FactSet facts = facts_of({});
  EXPECT_EQ(facts.integer("host.free_for_heuristic"),
            (256000 + 770000 - 2000 + 50000 + 1024000 / 4) * 4096LL);
  EXPECT_EQ(facts.integer("host.total_reserve"), (3840 + 28645 + 9409) * 4096LL);
  EXPECT_EQ(facts.text("host.overcommit_rule"), "new");
}

TEST(HostFacts, HoldTheSystem) {
  const FactSet facts = facts_of({});
  EXPECT_EQ(facts.text("host.os_id"), "debian");
  EXPECT_EQ(facts.text("host.os_version"), "12");
  EXPECT_EQ(facts.text("host.kernel_release"), "6.1.0-18-amd64");
  EXPECT_EQ(facts.text("host.container"), "none");
  EXPECT_EQ(facts.flag("host.initial_user_namespace"), true);
  EXPECT_EQ(facts.flag("host.systemd"), true);
  EXPECT_EQ(facts.integer("host.cpus_online"), 4);
  EXPECT_EQ(facts.integer("host.cpus_present"), 8);
  EXPECT_EQ(facts.text("host.thp_enabled"), "madvise");
  EXPECT_EQ(facts.text("host.thp_defrag"), "madvise");
}

TEST(HostFacts, AreUnknownOrMissingForAReasonAndNeverADefault) {
  const FactSet facts = host_facts(HostTree{{{"/nothing", "x"}}}.root());
  for (const FactInfo& info : fact_catalog()) {
    // Whoever reads the kernel log says whether it could.
    if (!info.name.starts_with("host.") || info.name == "host.kernel_log") continue;
    const Fact* fact = facts.find(info.name);
    ASSERT_NE(fact, nullptr) << info.name;
    EXPECT_EQ(fact->state, FactState::unknown) << info.name;
    EXPECT_NE(fact->reason, "") << info.name;
  }
}

TEST(HostFacts, AreAllInTheCatalogue) {
  const FactSet facts = facts_of({});
  for (const auto& [name, fact] : facts.all()) EXPECT_NE(find_fact_info(name), nullptr) << name;
}

TEST(HostFacts, KnowWhatThisKernelDoesNotHave) {
  const FactSet facts =
      facts_of({{"/proc/vmstat", "nr_free_pages 1\n"}, {"/proc/meminfo", "MemTotal: 8 kB\n"}});
  EXPECT_EQ(state(facts, "host.oom_kills"), FactState::not_applicable);
  EXPECT_EQ(state(facts, "host.mem_available"), FactState::not_applicable);
  EXPECT_EQ(state(facts, "host.thp_sizes_on"), FactState::not_applicable);
  EXPECT_EQ(state(facts, "host.swap_total"), FactState::unknown);
  EXPECT_EQ(state(facts, "host.free_for_heuristic"), FactState::unknown);
}

TEST(HostFacts, AddUpHugePagePoolsBeforeMeminfoDoes) {
  const FactSet facts =
      facts_of({{"/proc/meminfo", "MemTotal: 8 kB\n"},
                {"/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "3\n"},
                {"/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages", "1\n"}});
  EXPECT_EQ(facts.integer("host.hugetlb"), (3 * 2048LL + 1048576) * 1024);
}

TEST(HostFacts, SayThatAValueIsNoNumber) {
  const FactSet facts = facts_of({{"/proc/sys/vm/overcommit_memory", "two\n"}});
  EXPECT_EQ(state(facts, "host.overcommit_memory"), FactState::unreadable);
}

TEST(HostFacts, DoNotGuessTheRuleOfAKernelThatNobodyRead) {
  const FactSet facts = facts_of({{"/proc/sys/kernel/osrelease", "4.18.0-193.el8.x86_64\n"}});
  EXPECT_EQ(state(facts, "host.overcommit_rule"), FactState::unknown);
  EXPECT_EQ(facts.find("host.overcommit_rule")->reason,
            "RHEL 8.1 and 8.2 kernels have not been read");
}

TEST(HostFacts, ShowThpSizesThatAreOn) {
  const FactSet facts = facts_of({{"/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled",
                                   "[always] inherit madvise never\n"}});
  EXPECT_EQ(facts.text("host.thp_sizes_on"), "64kB=always");
}

TEST(FactWriter, TellsAMissingFileOfThisHostFromOneThatNobodyCaptured) {
  EXPECT_EQ(state_of(Errc::not_found, TreeKind::live), FactState::not_applicable);
  EXPECT_EQ(state_of(Errc::not_found, TreeKind::captured), FactState::unknown);
  EXPECT_EQ(state_of(Errc::permission_denied, TreeKind::live), FactState::unreadable);
  EXPECT_EQ(state_of(Errc::unsupported, TreeKind::captured), FactState::not_applicable);
}

TEST(PersistedFacts, NameTheFileThatHasTheLastWord) {
  const FactSet facts = facts_of({
      {"etc/sysctl.d/10-a.conf", "vm.overcommit_memory = 1\n"},
      {"etc/sysctl.d/90-b.conf", "# later\nvm.overcommit_memory = 2\n"},
      {"etc/tmpfiles.d/thp.conf", "w /sys/kernel/mm/transparent_hugepage/enabled - - - - never\n"},
  });
  EXPECT_EQ(facts.integer("host.persisted.overcommit_memory"), 2);
  EXPECT_EQ(facts.find("host.persisted.overcommit_memory")->source, "/etc/sysctl.d/90-b.conf:2");
  EXPECT_EQ(facts.find("host.persisted.overcommit_ratio")->state, FactState::not_applicable);
  EXPECT_EQ(facts.text("host.persisted.thp_enabled"), "never");
  EXPECT_EQ(facts.find("host.persisted.thp_enabled")->source, "/etc/tmpfiles.d/thp.conf");
}

TEST(PersistedFacts, LetTunedWinOverPackagesAndTheHostsOwnFilesOverTuned) {
  Files files = {
      {"etc/tuned/active_profile", "db\n"},
      {"usr/lib/tuned/db/tuned.conf", "[sysctl]\nvm.overcommit_memory = 2\n"},
      {"usr/lib/sysctl.d/10-a.conf", "vm.overcommit_memory = 1\n"},
  };
  EXPECT_EQ(facts_of(files).integer("host.persisted.overcommit_memory"), 2);
  files["etc/sysctl.d/20-b.conf"] = "vm.overcommit_memory = 0\n";
  EXPECT_EQ(facts_of(files).integer("host.persisted.overcommit_memory"), 0);
}

// Its numbers are those of a container, and the kernel's rules know nothing of them.
TEST(HostFacts, DoNotBelieveLxcfs) {
  const std::string mountinfo = sample_host().at("/proc/self/mountinfo") +
                                "40 22 0:50 /proc/meminfo /proc/meminfo rw - fuse.lxcfs lxcfs rw\n"
                                "41 22 0:50 /proc/loadavg /proc/loadavg rw - fuse.lxcfs lxcfs rw\n";
  const FactSet facts = facts_of({{"/proc/self/mountinfo", mountinfo}});
  for (const auto* name :
       {"host.mem_total", "host.commit_limit", "host.swap_total", "host.threads"}) {
    EXPECT_EQ(state(facts, name), FactState::unreadable) << name;
    EXPECT_NE(facts.find(name)->reason.find("lxcfs shows a made-up /proc/"), std::string::npos);
  }
  EXPECT_TRUE(facts.integer("host.overcommit_memory"));
}

}  // namespace
}  // namespace forkmend::host
