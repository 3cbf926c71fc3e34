// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/info.hpp"

#include <gtest/gtest.h>

#include <string>

#include "info_samples.hpp"

namespace forkmend::redis {
namespace {

Info parsed(std::string_view text) {
  auto info = parse_info(text);
  return info ? *info : Info();
}

TEST(Info, ReadsFieldsOfEverySection) {
  const Info info = parsed(samples::redis_40);
  EXPECT_EQ(info.text("redis_version"), "4.0.14");
  EXPECT_EQ(info.integer("process_id"), 812);
  EXPECT_EQ(info.text("rdb_last_bgsave_status"), "err");
  EXPECT_EQ(info.integer("rdb_last_bgsave_time_sec"), -1);
  EXPECT_EQ(info.integer("latest_fork_usec"), 391);
  EXPECT_EQ(info.text("db0"), "keys=2,expires=0,avg_ttl=0");
  EXPECT_EQ(info.number("rdb_last_save_time"), 1735812000.0);
}

TEST(Info, LeavesOutWhatAServerDoesNotHave) {
  const Info info = parsed(samples::redis_40);
  EXPECT_EQ(info.text("rdb_saves"), std::nullopt);
  EXPECT_EQ(info.integer("total_forks"), std::nullopt);
  EXPECT_EQ(info.number("module_fork_in_progress"), std::nullopt);
}

TEST(Info, HasTheFieldsOfEachVersionRange) {
  EXPECT_EQ(parsed(samples::redis_60).integer("module_fork_in_progress"), 0);
  EXPECT_FALSE(parsed(samples::redis_60).text("current_cow_size").has_value());
  EXPECT_EQ(parsed(samples::redis_62).integer("current_save_keys_total"), 80);
  EXPECT_EQ(parsed(samples::redis_62).number("current_fork_perc"), 12.5);
  EXPECT_EQ(parsed(samples::redis_62).integer("total_forks"), 5);
  EXPECT_FALSE(parsed(samples::redis_62).text("rdb_saves").has_value());
  EXPECT_EQ(parsed(samples::redis_70).integer("aof_rewrites"), 151);
  EXPECT_EQ(parsed(samples::redis_70).integer("aof_rewrites_consecutive_failures"), 0);
  EXPECT_FALSE(parsed(samples::redis_70).text("rdb_saves_consecutive_failures").has_value());
  EXPECT_EQ(parsed(samples::redis_84).integer("rdb_saves_consecutive_failures"), 161554);
  EXPECT_FALSE(parsed(samples::keydb).text("async_loading").has_value());
  EXPECT_FALSE(parsed(samples::valkey_8).text("redis_mode").has_value());
  EXPECT_EQ(parsed(samples::dragonfly).integer("last_failed_save"), 1735812300);
}

TEST(Info, KeepsColonsInValues) {
  EXPECT_EQ(parsed(samples::dragonfly).text("last_error"),
            "Couldn't open file for writing: /data/dump-2025: Permission denied");
  EXPECT_EQ(parsed("slave0:ip=::1,port=6380,state=online\r\n").text("slave0"),
            "ip=::1,port=6380,state=online");
}

TEST(Info, TakesUnixLineEnds) {
  const Info info = parsed("# Server\nredis_version:7.2.6\nprocess_id:9\n");
  EXPECT_EQ(info.text("redis_version"), "7.2.6");
  EXPECT_EQ(info.integer("process_id"), 9);
}

TEST(Info, TellsTheSectionOfAField) {
  const Info info = parsed("before:1\r\n" + samples::redis_40 + "# \x1b[31mred\r\nafter:1\r\n");
  EXPECT_EQ(info.source("before"), "INFO");
  EXPECT_EQ(info.source("rdb_last_bgsave_status"), "INFO persistence");
  EXPECT_EQ(info.source("after"), "INFO");
  EXPECT_EQ(info.source("nowhere"), "INFO");
}

TEST(Info, TakesTheFirstOfARepeatedName) {
  const Info info = parsed(
      "rdb_last_bgsave_status:err\r\nmodule:name=a\r\nmodule:name=b\r\n"
      "slave0:ip=x\nrdb_last_bgsave_status:ok\r\n");
  EXPECT_EQ(info.text("rdb_last_bgsave_status"), "err");
  EXPECT_EQ(info.text("module"), "name=a");
}

TEST(Info, KeepsAnEmptyValueButNotACutOffOne) {
  EXPECT_EQ(parsed("config_file:\r\nprocess_id:1\r\n").text("config_file"), "");
  EXPECT_EQ(parsed("process_id:1\r\nconfig_file:").text("config_file"), std::nullopt);
}

TEST(Info, TakesALastLineWithoutLineEnd) {
  const Info info = parsed("a:1\r\nrdb_last_bgsave_status:err");
  EXPECT_EQ(info.text("rdb_last_bgsave_status"), "err");
  EXPECT_EQ(parsed("a:1\r\nrdb_last_bgs").fields().size(), 1U);
  EXPECT_EQ(parsed("a:1\r\nb:2\r").text("b"), "2");
}

TEST(Info, PassesOverLinesThatAreNoFields) {
  const Info info = parsed("no colon\r\n:no name\r\nname with blank:1\r\n\x01:2\r\nok:3\r\n");
  EXPECT_EQ(info.fields().size(), 1U);
  EXPECT_EQ(info.integer("ok"), 3);
}

TEST(Info, KeepsControlCharactersOfAValueAsSent) {
  const std::string text = std::string("a:\x1b[2Jx\0y\rz\r\n", 13);
  EXPECT_EQ(parsed(text).text("a"), std::string("\x1b[2Jx\0y\rz", 9));
}

TEST(Info, IsBounded) {
  std::string many;
  for (int i = 0; i < 10050; ++i) many += "field" + std::to_string(i) + ":1\r\n";
  EXPECT_EQ(parsed(many).fields().size(), kMaxInfoFields);
  const std::string huge(20000, 'x');
  const Info info = parsed("long:" + huge + "\r\n" + huge + ":1\r\nok:1\r\n");
  EXPECT_EQ(info.fields().size(), 1U);
}

TEST(Info, RefusesWhatIsNoInfo) {
  for (const std::string_view text : {"", "\r\n", "# Server\r\n", "<html>", "PONG"}) {
    const auto info = parse_info(text);
    ASSERT_FALSE(info.has_value()) << text;
    EXPECT_EQ(info.error().code, Errc::parse);
  }
  const auto refused = parse_info("\x1b]0;title");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace forkmend::redis
