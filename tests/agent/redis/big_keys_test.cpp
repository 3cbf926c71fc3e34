// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/big_keys.hpp"

#include <gtest/gtest.h>

#include <string>

namespace forkmend::redis {
namespace {

std::string largest_of(const BigKeys& found) {
  std::string text;
  for (const BigKey& key : found.largest) text += key.name + "=" + std::to_string(key.bytes) + " ";
  return text;
}

TEST(BigKeyTally, KeepsTheLargestAndCountsAll) {
  BigKeyTally tally(2);
  tally.add({.type = "string", .bytes = 10, .database = 0, .name = "a"});
  tally.add({.type = "hash", .bytes = 30, .database = 0, .name = "b"});
  tally.add({.type = "string", .bytes = 20, .database = 1, .name = "c"});
  tally.add({.type = "string", .bytes = 5, .database = 1, .name = "d"});
  const BigKeys found = tally.take();
  EXPECT_EQ(largest_of(found), "b=30 c=20 ");
  EXPECT_EQ(found.looked_at, 4);
  EXPECT_EQ(found.bytes, 65);
  EXPECT_EQ(found.by_type.at("string").keys, 3);
  EXPECT_EQ(found.by_type.at("string").bytes, 35);
  EXPECT_EQ(found.by_type.at("hash").bytes, 30);
}

TEST(BigKeyTally, OfEqualOnesTheFirstStays) {
  BigKeyTally tally(1);
  tally.add({.type = "string", .bytes = 10, .database = 0, .name = "first"});
  tally.add({.type = "string", .bytes = 10, .database = 0, .name = "second"});
  EXPECT_EQ(largest_of(tally.take()), "first=10 ");
}

TEST(Keyspace, IsReadFromInfo) {
  const auto info = parse_info(
      "# Keyspace\r\ndb0:keys=12,expires=3,avg_ttl=0\r\ndb15:keys=1,expires=0,avg_ttl=0\r\n"
      "dbx:keys=1\r\ndb1:none\r\n");
  ASSERT_TRUE(info);
  const auto databases = keyspace_of(*info);
  EXPECT_EQ(databases.size(), 2U);
  EXPECT_EQ(databases.at(0), 12);
  EXPECT_EQ(databases.at(15), 1);
}

}  // namespace
}  // namespace forkmend::redis
