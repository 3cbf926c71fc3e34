// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/fact.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/fact_catalog.hpp"
#include "base/units.hpp"

namespace forkmend {
namespace {

TEST(Facts, AMissingFactIsNeverADefault) {
  FactSet facts;
  facts.set_missing("host.swap_free", FactState::unreadable, "/proc/meminfo", "permission denied");
  EXPECT_FALSE(facts.integer("host.swap_free"));
  EXPECT_FALSE(facts.integer("host.mem_free"));
  EXPECT_EQ(to_string(*facts.find("host.swap_free")), "unreadable");
}

TEST(Facts, TypesAreNotMixed) {
  FactSet facts;
  facts.set("instance.local", true, "flag", "test");
  facts.set("host.threads", std::int64_t{7}, "count", "test");
  EXPECT_FALSE(facts.integer("instance.local"));
  EXPECT_EQ(facts.number("host.threads"), 7.0);
  EXPECT_FALSE(facts.text("host.threads"));
}

TEST(Facts, WhatIfChangesACopy) {
  FactSet facts;
  facts.set("host.overcommit_memory", std::int64_t{2}, "count", "/proc/sys/vm/overcommit_memory");
  const FactSet changed = facts.with({{"host.overcommit_memory", std::int64_t{1}}});
  EXPECT_EQ(facts.integer("host.overcommit_memory"), 2);
  EXPECT_EQ(changed.integer("host.overcommit_memory"), 1);
  EXPECT_EQ(changed.find("host.overcommit_memory")->unit, "count");
}

TEST(Facts, UnlimitedReadsAsAWord) {
  EXPECT_EQ(to_string(FactValue(kUnlimited)), "unlimited");
}

TEST(FactCatalog, IsSortedAndFindsLevels) {
  const auto catalog = fact_catalog();
  EXPECT_TRUE(std::ranges::is_sorted(catalog, {}, &FactInfo::name));
  ASSERT_NE(find_fact_info("instance.pids.3.max"), nullptr);
  EXPECT_EQ(find_fact_info("instance.pids.3.max")->unit, "count");
  EXPECT_NE(find_fact_info("redis.used_memory"), nullptr);
  EXPECT_EQ(find_fact_info("host.overcomit_memory"), nullptr);
}

TEST(FactSet, CopiesAreIndependent) {
  FactSet first;
  first.set("host.b", std::int64_t{1}, "count", "here");
  first.set("host.a", std::int64_t{2}, "count", "here");
  FactSet second = first;
  second.set("host.a", std::int64_t{3}, "count", "there");
  second.set("host.c", std::int64_t{4}, "count", "there");
  EXPECT_EQ(first.integer("host.a"), 2);
  EXPECT_EQ(first.find("host.c"), nullptr);
  EXPECT_EQ(second.integer("host.a"), 3);
  EXPECT_EQ(second.integer("host.b"), 1);
}

TEST(FactSet, MergeTakesTheOthersValues) {
  FactSet first;
  first.set("host.b", std::int64_t{1}, "count", "here");
  first.set("host.d", std::int64_t{2}, "count", "here");
  FactSet second;
  second.set("host.a", std::int64_t{3}, "count", "there");
  second.set("host.b", std::int64_t{4}, "count", "there");
  second.set("host.e", std::int64_t{5}, "count", "there");
  first.merge(second);
  std::string order;
  for (const auto& [name, fact] : first.all()) order += name + "=" + to_string(fact) + " ";
  EXPECT_EQ(order, "host.a=3 host.b=4 host.d=2 host.e=5 ");
  first.merge(FactSet(first));
  EXPECT_EQ(first.all().size(), 4U);
}

}  // namespace
}  // namespace forkmend
