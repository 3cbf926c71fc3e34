// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/saves_seen.hpp"

#include <gtest/gtest.h>

#include <string>

namespace forkmend::daemon {
namespace {

using std::chrono::seconds;

WallTime second(int count) {
  return WallTime(seconds(count));
}

redis::Persistence answer(const std::string& text) {
  return *redis::parse_persistence("rdb_bgsave_in_progress:0\r\n" + text);
}

TEST(SavesSeen, ANewerSaveThatIsOkIsOne) {
  SavesSeen saves;
  EXPECT_FALSE(saves.on_poll(answer("rdb_last_save_time:100\r\n"), second(200))) << "of before";
  EXPECT_FALSE(saves.on_poll(answer("rdb_last_save_time:100\r\n"), second(201)));
  const auto seen = saves.on_poll(answer("rdb_last_save_time:201\r\n"), second(202));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->from, second(201));
  EXPECT_EQ(seen->to, second(202));
  EXPECT_FALSE(saves.on_poll(answer("rdb_last_save_time:201\r\n"), second(203)));
}

TEST(SavesSeen, AFailedOneIsNone) {
  SavesSeen saves;
  EXPECT_FALSE(saves.on_poll(answer("rdb_last_save_time:100\r\n"), second(200)));
  EXPECT_FALSE(saves.on_poll(
      answer("rdb_last_save_time:100\r\nrdb_saves:9\r\nrdb_last_bgsave_status:err\r\n"),
      second(201)));
  EXPECT_FALSE(saves.on_poll(answer("rdb_last_save_time:150\r\nrdb_last_bgsave_status:err\r\n"),
                             second(202)))
      << "that one worked, the next one has failed since";
}

TEST(SavesSeen, AClockThatWasSetBackShowsNone) {
  SavesSeen saves;
  EXPECT_FALSE(saves.on_poll(answer("rdb_last_save_time:900\r\n"), second(901)));
  EXPECT_FALSE(saves.on_poll(answer("rdb_last_save_time:300\r\n"), second(301)));
}

TEST(SavesSeen, ARewriteIsOneOnceItHasEnded) {
  SavesSeen saves;
  const std::string idle = "aof_last_bgrewrite_status:ok\r\n";
  EXPECT_FALSE(saves.on_poll(answer(idle + "aof_rewrites:4\r\n"), second(10)));
  EXPECT_FALSE(
      saves.on_poll(answer(idle + "aof_rewrites:5\r\naof_rewrite_in_progress:1\r\n"), second(11)));
  const auto seen = saves.on_poll(answer(idle + "aof_rewrites:5\r\n"), second(12));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->from, second(10)) << "it may have begun right after that";
  EXPECT_EQ(seen->to, second(12));
}

TEST(SavesSeen, ARewriteThatFailedIsNone) {
  SavesSeen saves;
  EXPECT_FALSE(saves.on_poll(answer("aof_rewrites:4\r\n"), second(10)));
  EXPECT_FALSE(
      saves.on_poll(answer("aof_rewrites:5\r\naof_last_bgrewrite_status:err\r\n"), second(11)));
  EXPECT_FALSE(
      saves.on_poll(answer("aof_rewrites:5\r\naof_last_bgrewrite_status:ok\r\n"), second(12)))
      << "nothing was tried since";
}

TEST(SavesSeen, OldServersDoNotCountRewrites) {
  SavesSeen saves;
  EXPECT_FALSE(saves.on_poll(answer("aof_last_bgrewrite_status:ok\r\n"), second(10)));
  EXPECT_FALSE(saves.on_poll(answer("aof_last_bgrewrite_status:ok\r\n"), second(11)));
}

}  // namespace
}  // namespace forkmend::daemon
