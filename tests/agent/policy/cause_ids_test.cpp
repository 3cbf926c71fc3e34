// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/cause_ids.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace forkmend::policy {
namespace {

TEST(CauseIds, AreSortedAndUnique) {
  const auto causes = known_causes();
  EXPECT_TRUE(std::ranges::is_sorted(causes, std::less<>(), &CauseInfo::id));
  EXPECT_EQ(std::ranges::adjacent_find(causes, std::equal_to<>(), &CauseInfo::id), causes.end());
}

TEST(CauseIds, AreFoundByTheirWholeName) {
  for (const CauseInfo& cause : known_causes()) {
    EXPECT_EQ(find_cause(cause.id), &cause);
    EXPECT_FALSE(cause.meaning.empty()) << cause.id;
  }
  EXPECT_EQ(find_cause("commit"), nullptr);
  EXPECT_EQ(find_cause(""), nullptr);
  EXPECT_EQ(find_cause("zzz"), nullptr);
}

TEST(CauseIds, SayWhichAreStrains) {
  EXPECT_TRUE(is_strain("thp"));
  EXPECT_TRUE(is_strain("memory-growth"));
  EXPECT_FALSE(is_strain("commit-limit"));
  EXPECT_FALSE(is_strain("no-such-cause"));
}

}  // namespace
}  // namespace forkmend::policy
