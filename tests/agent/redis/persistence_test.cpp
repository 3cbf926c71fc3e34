// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/persistence.hpp"

#include <gtest/gtest.h>

namespace forkmend::redis {
namespace {

/// Redis 7.0.15, as it sent it.
constexpr std::string_view kSection =
    "# Persistence\r\nloading:0\r\nasync_loading:0\r\ncurrent_cow_peak:0\r\ncurrent_cow_size:0\r\n"
    "current_cow_size_age:0\r\ncurrent_fork_perc:0.00\r\ncurrent_save_keys_processed:0\r\n"
    "current_save_keys_total:0\r\nrdb_changes_since_last_save:12\r\nrdb_bgsave_in_progress:0\r\n"
    "rdb_last_save_time:1795000000\r\nrdb_last_bgsave_status:ok\r\nrdb_last_bgsave_time_sec:-1\r\n"
    "rdb_current_bgsave_time_sec:-1\r\nrdb_saves:4\r\nrdb_last_cow_size:0\r\n"
    "rdb_last_load_keys_expired:0\r\nrdb_last_load_keys_loaded:0\r\naof_enabled:1\r\n"
    "aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0\r\naof_last_rewrite_time_sec:-1\r\n"
    "aof_current_rewrite_time_sec:-1\r\naof_last_bgrewrite_status:ok\r\naof_rewrites:2\r\n"
    "aof_rewrites_consecutive_failures:0\r\naof_last_write_status:ok\r\naof_last_cow_size:0\r\n"
    "module_fork_in_progress:0\r\nmodule_fork_last_cow_size:0\r\n";

TEST(Persistence, ReadsTheSection) {
  const Persistence expected{
      .last_save = 1795000000, .changes = 12, .saves = 4, .rewrites = 2, .in_aof = true};
  EXPECT_EQ(parse_persistence(kSection), expected);
}

TEST(Persistence, SeesEachFailure) {
  EXPECT_TRUE(parse_persistence("rdb_last_bgsave_status:err\r\n")->save_fails);
  EXPECT_TRUE(parse_persistence("aof_last_bgrewrite_status:err\r\n")->rewrite_fails);
  const auto aof = parse_persistence("aof_enabled:1\r\naof_last_write_status:err\r\n");
  EXPECT_TRUE(aof->aof_write_fails);
  EXPECT_FALSE(aof->in_aof);
}

TEST(Persistence, SeesEachChild) {
  for (const char* field :
       {"rdb_bgsave_in_progress", "aof_rewrite_in_progress", "module_fork_in_progress"}) {
    EXPECT_TRUE(parse_persistence(std::string(field) + ":1\r\n")->child_active) << field;
    EXPECT_FALSE(parse_persistence(std::string(field) + ":0\r\n")->child_active) << field;
  }
}

TEST(Persistence, TheFirstOfARepeatedNameWins) {
  EXPECT_EQ(parse_persistence("rdb_saves:4\r\nrdb_saves:9\r\n")->saves, 4);
}

TEST(Persistence, WhatIsNotThereIsNotKnown) {
  const auto old = parse_persistence("rdb_last_save_time:100\n");
  EXPECT_EQ(old->last_save, 100);
  EXPECT_FALSE(old->saves);
  EXPECT_FALSE(old->save_fails);
  EXPECT_FALSE(parse_persistence(""));
  EXPECT_FALSE(parse_persistence("HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n"));
}

TEST(Persistence, AValueThatWasCutOffIsNone) {
  EXPECT_FALSE(parse_persistence("rdb_last_bgsave_status:"));
  EXPECT_FALSE(parse_persistence("rdb_saves:many\r\n")->saves);
}

}  // namespace
}  // namespace forkmend::redis
