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

}  // namespace
}  // namespace forkmend
