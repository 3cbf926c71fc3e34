// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/watch.hpp"

#include <gtest/gtest.h>

#include <string>

namespace forkmend::daemon {
namespace {

redis::Persistence info(const std::string& text) {
  return *redis::parse_persistence("rdb_bgsave_in_progress:0\r\n" + text);
}

TEST(InstanceWatch, AnErrorStatusAsksForALook) {
  for (const auto* field :
       {"rdb_last_bgsave_status", "aof_last_bgrewrite_status", "aof_last_write_status"}) {
    InstanceWatch watch;
    EXPECT_EQ(watch.on_poll(info(std::string(field) + ":err\r\n")), PollMeaning::look) << field;
  }
}

TEST(InstanceWatch, AnAttemptWithoutANewerSaveAsksForALook) {
  InstanceWatch watch;
  EXPECT_EQ(watch.on_poll(info("rdb_saves:4\r\nrdb_last_save_time:100\r\n")), PollMeaning::quiet);
  EXPECT_EQ(watch.on_poll(info("rdb_saves:5\r\nrdb_last_save_time:100\r\n")), PollMeaning::look);
  EXPECT_EQ(watch.on_poll(info("rdb_saves:6\r\nrdb_last_save_time:160\r\n")), PollMeaning::quiet);
}

TEST(InstanceWatch, ARunningChildIsNoFailure) {
  InstanceWatch watch;
  EXPECT_EQ(watch.on_poll(info("rdb_saves:4\r\nrdb_last_save_time:100\r\n")), PollMeaning::quiet);
  const auto saving = *redis::parse_persistence(
      "rdb_bgsave_in_progress:1\r\nrdb_saves:5\r\nrdb_last_save_time:100\r\n");
  EXPECT_EQ(watch.on_poll(saving), PollMeaning::quiet);
}

TEST(InstanceWatch, ARestartStartsAnew) {
  InstanceWatch watch;
  watch.on_life("aaaa");
  EXPECT_EQ(watch.on_poll(info("rdb_saves:1\r\nrdb_last_save_time:100\r\n")), PollMeaning::quiet);
  watch.on_life("bbbb");
  EXPECT_EQ(watch.on_poll(info("rdb_saves:3\r\nrdb_last_save_time:100\r\n")), PollMeaning::quiet);
}

TEST(InstanceWatch, AFailureThatStaysIsNoNewsUntilSomethingElseFails) {
  InstanceWatch watch;
  EXPECT_EQ(watch.on_poll(info("rdb_last_bgsave_status:err\r\n")), PollMeaning::look);
  EXPECT_EQ(watch.on_poll(info("rdb_last_bgsave_status:err\r\n")), PollMeaning::still_failing);
  EXPECT_EQ(watch.on_poll(info("rdb_last_bgsave_status:err\r\naof_last_bgrewrite_status:err\r\n")),
            PollMeaning::look);
}

TEST(InstanceWatch, ANewConnectionToTheSameLifeChangesNothing) {
  InstanceWatch watch;
  watch.on_life("aaaa");
  EXPECT_EQ(watch.on_poll(info("rdb_saves:4\r\nrdb_last_save_time:100\r\n")), PollMeaning::quiet);
  watch.on_life("aaaa");
  EXPECT_EQ(watch.on_poll(info("rdb_saves:5\r\nrdb_last_save_time:100\r\n")), PollMeaning::look);
}

TEST(InstanceWatch, RecoveryIsToldOnce) {
  InstanceWatch watch;
  EXPECT_EQ(watch.on_poll(info("rdb_last_bgsave_status:err\r\n")), PollMeaning::look);
  EXPECT_EQ(watch.on_poll(info("rdb_last_bgsave_status:ok\r\n")), PollMeaning::recovered);
  EXPECT_EQ(watch.on_poll(info("rdb_last_bgsave_status:ok\r\n")), PollMeaning::quiet);
}

TEST(InstanceWatch, TheSameFailureIsHandledAgainOnlyAfterAWhile) {
  InstanceWatch watch;
  const auto at = [](int at_second) { return Now{{}, std::chrono::seconds(at_second)}; };
  const auto wait = std::chrono::seconds(60);
  EXPECT_TRUE(watch.is_new("nproc-limit/100", at(10), wait));
  EXPECT_FALSE(watch.is_new("nproc-limit/100", at(69), wait));
  EXPECT_TRUE(watch.is_new("pids-limit/100", at(69), wait));
  EXPECT_TRUE(watch.is_new("pids-limit/100", at(129), wait));
  EXPECT_FALSE(watch.is_new("pids-limit/100", at(130), wait));
  watch.on_healed();
  EXPECT_TRUE(watch.is_new("pids-limit/100", at(130), wait));
}

}  // namespace
}  // namespace forkmend::daemon
