// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fork() charges to memory cgroups: VmPTE of 6 MiB and half a MiB of structures.
#include <gtest/gtest.h>

#include <cerrno>

#include "facts.hpp"
#include "forecast/kernel_version.hpp"

namespace forkmend::forecast {
namespace {

using I = std::int64_t;

constexpr I kKiB = 1024;
constexpr I kNeed = 6 * kMiB + 512 * kKiB;
/// 4 CPUs hold up to 64 pages each that are charged and not used.
constexpr I kStock = I{4} * 64 * kPage;

RuleForecast with_room(I room, const char* release = "6.1.0-18-amd64") {
  return rule_of(limited_facts().with({{"instance.memory.0.current", kGiB - room},
                                       {"host.kernel_release", std::string(release)}}),
                 "MEMCG");
}

TEST(MemcgRule, AdmitsWhatFitsForSure) {
  EXPECT_EQ(with_room(kNeed).verdict, Verdict::admitted);
  EXPECT_EQ(with_room(kNeed).margin, 0);
  EXPECT_EQ(with_room(kNeed + kMiB).margin, kMiB);
  EXPECT_EQ(with_room(kNeed).unit, "bytes");
}

// Less than the page tables alone (VmPTE less what file mappings may have of it) and the batches of
// all CPUs: 5.5 MiB - 1 MiB.
TEST(MemcgRule, SaysKillBelowWhatThePageTablesTake) {
  const I least = 6 * kMiB - 512 * kKiB - kStock;
  EXPECT_EQ(with_room(least - 1).verdict, Verdict::kill);
  EXPECT_EQ(with_room(least).verdict, Verdict::too_close);
  EXPECT_EQ(with_room(kNeed - 1).verdict, Verdict::too_close);
  EXPECT_EQ(with_room(0).verdict, Verdict::kill);
  EXPECT_EQ(with_room(0).margin, -kNeed);
  EXPECT_EQ(with_room(0).refusal_errno, 0);
  // A limit below what is charged already.
  EXPECT_EQ(with_room(-kGiB).verdict, Verdict::kill);
}

TEST(MemcgRule, FailsTheForkOnKernelsThatKillNobodyThere) {
  for (const auto* release :
       {"4.18.0-80.7.1.el8_0.x86_64", "4.15.0-213-generic", "4.14.336-amzn2.x86_64"}) {
    EXPECT_EQ(with_room(0, release).verdict, Verdict::refused) << release;
    EXPECT_EQ(with_room(0, release).refusal_errno, ENOMEM) << release;
  }
  for (const auto* release :
       {"4.19.0-26-amd64", "4.18.0-240.el8.x86_64", "4.18.0-147.el8.x86_64", "6.18.0"}) {
    EXPECT_EQ(with_room(0, release).verdict, Verdict::kill) << release;
  }
}

TEST(MemcgRule, IsNotThereBeforePageTablesWereCharged) {
  EXPECT_EQ(with_room(0, "3.10.0-1160.el7.x86_64").verdict, Verdict::admitted);
  EXPECT_EQ(with_room(0, "4.4.0-210-generic").verdict, Verdict::admitted);
}

TEST(MemcgRule, FailsTheForkWhereNobodyMayBeKilled) {
  const FactSet full = limited_facts().with({{"instance.memory.0.current", kGiB}});
  EXPECT_EQ(rule_of(full, "MEMCG").verdict, Verdict::kill);
  EXPECT_EQ(rule_of(full.with({{"instance.memory.0.oom_kill_disabled", true}}), "MEMCG").verdict,
            Verdict::refused);
  EXPECT_EQ(rule_of(full.with({{"instance.oom_score_adj", I{-1000}}}), "MEMCG").verdict,
            Verdict::refused);
}

TEST(MemcgRule, CountsWhatReclaimFreesAndNotSurelyWhatSwapTakes) {
  const FactSet full = limited_facts().with({{"instance.memory.0.current", kGiB}});
  EXPECT_EQ(rule_of(full.with({{"instance.memory.0.reclaimable", kNeed}}), "MEMCG").verdict,
            Verdict::admitted);
  const FactSet swapping = full.with({{"host.swap_free", kGiB}});
  EXPECT_EQ(rule_of(swapping, "MEMCG").verdict, Verdict::too_close);
  // Kubernetes and Docker often give no swap to the cgroup.
  EXPECT_EQ(rule_of(swapping.with({{"instance.memory.0.swap_max", I{0}}}), "MEMCG").verdict,
            Verdict::kill);
}

TEST(MemcgRule, NamesTheLevelThatBinds) {
  const FactSet facts =
      limited_facts().with({{"instance.memory.levels", I{2}},
                            {"instance.memory.1.max", 2 * kGiB},
                            {"instance.memory.1.current", 2 * kGiB},
                            {"instance.memory.1.reclaimable", I{0}},
                            {"instance.memory.1.path", std::string("/sys/fs/cgroup/pod\x1b[1m")}});
  const auto rule = rule_of(facts, "MEMCG");
  EXPECT_EQ(rule.verdict, Verdict::kill);
  EXPECT_NE(rule.says.find("/sys/fs/cgroup/pod"), std::string::npos) << rule.says;
  EXPECT_EQ(rule.says.find('\x1b'), std::string::npos);
  // A level that denies is enough, whatever the other one hides.
  EXPECT_EQ(rule_of(without(facts, "instance.memory.0.current"), "MEMCG").verdict, Verdict::kill);
  EXPECT_EQ(rule_of(without(facts, "instance.memory.1.current"), "MEMCG").verdict,
            Verdict::unknown);
}

TEST(MemcgRule, NeedsItsInputsOnlyUnderALimit) {
  EXPECT_EQ(rule_of(without(limited_facts(), "instance.vm_pte"), "MEMCG").verdict,
            Verdict::unknown);
  EXPECT_EQ(rule_of(without(healthy_facts(), "instance.vm_pte"), "MEMCG").verdict,
            Verdict::admitted);
  EXPECT_EQ(rule_of(without(healthy_facts(), "instance.memory.levels"), "MEMCG").verdict,
            Verdict::unknown);
  FactSet facts = healthy_facts();
  facts.set_missing("instance.memory.levels", FactState::not_applicable, "test", "no controller");
  EXPECT_EQ(rule_of(facts, "MEMCG").verdict, Verdict::admitted);
}

FactSet kmem_facts(I used, const char* release = "5.10.0-30-amd64") {
  return limited_facts().with({{"host.kernel_release", std::string(release)},
                               {"instance.memory.0.kmem_limit", 100 * kMiB},
                               {"instance.memory.0.kmem_current", used}});
}

TEST(KmemRule, RefusesWhatThePageTablesDoNotFitUnder) {
  EXPECT_EQ(rule_of(kmem_facts(94 * kMiB), "KMEM").verdict, Verdict::admitted);
  EXPECT_EQ(rule_of(kmem_facts(94 * kMiB), "KMEM").margin, 0);
  const auto refused = rule_of(kmem_facts(94 * kMiB + 1), "KMEM");
  EXPECT_EQ(refused.verdict, Verdict::refused);
  EXPECT_EQ(refused.margin, -1);
  EXPECT_EQ(refused.refusal_errno, ENOMEM);
}

TEST(KmemRule, IsInForceUntilFiveSixteen) {
  EXPECT_EQ(rule_of(kmem_facts(kGiB, "5.15.0-91-generic"), "KMEM").verdict, Verdict::refused);
  EXPECT_EQ(rule_of(kmem_facts(kGiB, "5.16.0"), "KMEM").id, "not asked");
}

TEST(KmemRule, AdmitsWithoutALimit) {
  FactSet two = kmem_facts(kGiB);
  two.set_missing("instance.memory.0.kmem_limit", FactState::not_applicable, "test", "version 2");
  EXPECT_EQ(rule_of(two, "KMEM").verdict, Verdict::admitted);
  EXPECT_EQ(rule_of(kmem_facts(kGiB).with({{"instance.memory.0.kmem_limit", kUnlimited}}), "KMEM")
                .verdict,
            Verdict::admitted);
  EXPECT_EQ(rule_of(without(kmem_facts(0), "instance.memory.0.kmem_current"), "KMEM").verdict,
            Verdict::unknown);
}

TEST(KernelVersion, KnowsWhomTheOomKillerTakes) {
  EXPECT_EQ(sacrifices_child("3.10.0-1160.el7.x86_64"), true);
  EXPECT_EQ(sacrifices_child("4.18.0-80.el8.x86_64"), true);
  EXPECT_EQ(sacrifices_child("4.18.0-193.el8.x86_64"), std::nullopt);
  EXPECT_EQ(sacrifices_child("4.18.0-553.el8_10.x86_64"), false);
  EXPECT_EQ(sacrifices_child("5.1.0"), false);
  EXPECT_EQ(sacrifices_child(""), std::nullopt);
}

TEST(KernelVersion, KnowsWhichKernelsCopyWholeHugePages) {
  EXPECT_EQ(copies_whole_huge_pages("5.7.19"), true);
  EXPECT_EQ(copies_whole_huge_pages("5.8.0"), false);
  EXPECT_EQ(copies_whole_huge_pages("4.18.0-240.el8.x86_64"), true);
  EXPECT_EQ(copies_whole_huge_pages("4.18.0-305.el8.x86_64"), false);
}

}  // namespace
}  // namespace forkmend::forecast
