// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include "facts.hpp"
#include "forecast/copy_estimate.hpp"
#include "forecast/outlooks.hpp"

namespace forkmend::forecast {
namespace {

using I = std::int64_t;

/// 4 GiB of anonymous memory with 8 MiB of page tables on a host with 8 GiB left.
FactSet server() {
  return healthy_facts().with({{"instance.rss_anon", 4 * kGiB},
                               {"instance.vm_pte", 8 * kMiB},
                               {"host.mem_available", 8 * kGiB},
                               {"host.swap_free", I{0}}});
}

FactSet measured() {
  return server().with({{"redis.rdb_last_cow_size", 400 * kMiB}});
}

// N (1 - e^(-w/N)): a million writes to a million pages touch 63.2 % of them.
TEST(PagesTouched, SaturatesAtAllOfThem) {
  EXPECT_EQ(pages_touched(1'000'000, 1'000'000), 632'121);
  EXPECT_EQ(pages_touched(1'000'000, 1), 1);
  EXPECT_EQ(pages_touched(1'000'000, 1e12), 1'000'000);
  EXPECT_EQ(pages_touched(0, 10), 0);
  EXPECT_EQ(pages_touched(10, 0), 0);
}

TEST(CopyOutlook, ScalesWhatTheLastSaveCopied) {
  const auto outlook = copy_outlook(measured());
  ASSERT_TRUE(outlook.estimate);
  EXPECT_EQ(outlook.estimate->low, 208 * kMiB);     // half of it and the page tables
  EXPECT_EQ(outlook.estimate->likely, 508 * kMiB);  // a quarter more
  EXPECT_EQ(outlook.estimate->worst, 4 * kGiB + 8 * kMiB);
  EXPECT_EQ(outlook.verdict, Verdict::admitted);
  EXPECT_EQ(outlook.margin, 8 * kGiB - 508 * kMiB);
  EXPECT_EQ(outlook.unit, "bytes");
  EXPECT_EQ(outlook.binding, "host");
}

// 100 changes a second for 10 s: 1,000 to 3,000 of 1,048,576 pages, nearly all different ones.
TEST(CopyOutlook, WorksFromTheRateOfChanges) {
  const FactSet facts = server().with({{"redis.rdb_changes_since_last_save", I{10'000}},
                                       {"redis.rdb_last_save_time", I{1'700'000'000}},
                                       {"redis.server_time_usec", I{1'700'000'100'000'000}},
                                       {"redis.rdb_last_bgsave_time_sec", I{10}}});
  const auto outlook = copy_outlook(facts);
  ASSERT_TRUE(outlook.estimate);
  EXPECT_EQ(outlook.estimate->low, pages_touched(1'048'576, 1000) * kPage + 8 * kMiB);
  EXPECT_EQ(outlook.estimate->likely, pages_touched(1'048'576, 3000) * kPage + 8 * kMiB);
  // The larger of both is likely.
  const auto both = copy_outlook(facts.with({{"redis.rdb_last_cow_size", 400 * kMiB}}));
  EXPECT_EQ(both.estimate->likely, 508 * kMiB);
  EXPECT_EQ(both.estimate->low, outlook.estimate->low);
}

// Before 5.8 each write copies 2 MiB where THP is on: 3,000 writes to 2,048 huge pages.
TEST(CopyOutlook, CopiesWholeHugePagesOnOldKernels) {
  const FactSet facts = server().with({{"redis.rdb_changes_since_last_save", I{10'000}},
                                       {"redis.rdb_last_save_time", I{1'700'000'000}},
                                       {"redis.server_time_usec", I{1'700'000'100'000'000}},
                                       {"redis.rdb_last_bgsave_time_sec", I{10}},
                                       {"host.kernel_release", std::string("4.19.0-26-amd64")},
                                       {"host.thp_enabled", std::string("always")},
                                       {"instance.thp_disabled", false}});
  EXPECT_EQ(copy_outlook(facts).estimate->likely, pages_touched(2048, 3000) * 2 * kMiB + 8 * kMiB);
  EXPECT_LT(copy_outlook(facts.with({{"instance.thp_disabled", true}})).estimate->likely,
            100 * kMiB);
}

TEST(CopyOutlook, SaysKillWhenTheLikelyCaseDoesNotFit) {
  const auto with_left = [](I left) {
    return copy_outlook(measured().with({{"host.mem_available", left}}));
  };
  EXPECT_EQ(with_left(508 * kMiB - 1).verdict, Verdict::kill);
  EXPECT_EQ(with_left(508 * kMiB - 1).margin, -1);
  EXPECT_EQ(with_left(508 * kMiB).verdict, Verdict::too_close);
  EXPECT_EQ(with_left(4 * kGiB + 8 * kMiB).verdict, Verdict::admitted);
}

TEST(CopyOutlook, FindsTheCgroupWithTheLeastRoom) {
  const FactSet facts = measured().with({{"instance.memory.levels", I{1}},
                                         {"instance.memory.0.max", 5 * kGiB},
                                         {"instance.memory.0.current", 5 * kGiB - 100 * kMiB},
                                         {"instance.memory.0.reclaimable", 50 * kMiB},
                                         {"instance.memory.0.path", std::string("/cg/redis")},
                                         {"instance.oom_score_adj", I{0}}});
  const auto outlook = copy_outlook(facts);
  EXPECT_EQ(outlook.verdict, Verdict::kill);
  EXPECT_EQ(outlook.binding, "/cg/redis");
  EXPECT_EQ(outlook.margin, 150 * kMiB - 508 * kMiB);
  EXPECT_EQ(outlook.victim, Victim::server);
  EXPECT_EQ(copy_outlook(facts.with({{"instance.memory.0.oom_group", true}})).victim,
            Victim::cgroup);
}

TEST(CopyOutlook, IsUnknownWithoutItsInputs) {
  EXPECT_EQ(copy_outlook(without(measured(), "host.mem_available")).verdict, Verdict::unknown);
  EXPECT_EQ(copy_outlook(without(measured(), "host.swap_free")).margin, std::nullopt);
  const auto nothing = copy_outlook(without(measured(), "instance.rss_anon"));
  EXPECT_EQ(nothing.verdict, Verdict::unknown);
  EXPECT_NE(nothing.says.find("instance.rss_anon"), std::string::npos);
}

Victim victim(const FactSet& facts) {
  return copy_outlook(facts).victim;
}

TEST(CopyOutlook, KnowsWhomTheKernelKills) {
  const FactSet facts = measured();
  EXPECT_EQ(victim(facts), Victim::server);
  EXPECT_EQ(victim(facts.with({{"host.kernel_release", std::string("4.19.0-26-amd64")}})),
            Victim::child);
  EXPECT_EQ(victim(facts.with({{"host.kernel_release", std::string("4.18.0-147.el8.x86_64")}})),
            Victim::unknown);
  EXPECT_EQ(victim(facts.with({{"redis.config.oom-score-adj", std::string("relative")}})),
            Victim::child);
  EXPECT_EQ(victim(facts.with({{"redis.config.oom-score-adj", std::string("no")}})),
            Victim::server);
  EXPECT_EQ(victim(facts.with({{"instance.oom_score_adj", I{-1000}}})), Victim::another);
  EXPECT_EQ(victim(facts.with({{"host.panic_on_oom", I{1}}})), Victim::panic);
  EXPECT_EQ(victim(facts.with({{"host.oom_kill_allocating_task", I{1}},
                               {"redis.config.oom-score-adj", std::string("yes")}})),
            Victim::server);
}

TEST(CopyOutlook, SaysThatSystemdStopsTheUnit) {
  const FactSet facts =
      limited_facts().with({{"instance.rss_anon", kGiB},
                            {"host.mem_available", 8 * kGiB},
                            {"instance.memory.0.swap_max", I{0}},
                            {"instance.unit", std::string("redis-server.service")}});
  EXPECT_NE(copy_outlook(facts).victim_says.find("systemd then stops redis-server.service unless"),
            std::string::npos);
  const FactSet goes_on = facts.with({{"instance.oom_policy", std::string("continue")}});
  EXPECT_EQ(copy_outlook(goes_on).victim_says.find("systemd"), std::string::npos);
}

}  // namespace
}  // namespace forkmend::forecast
