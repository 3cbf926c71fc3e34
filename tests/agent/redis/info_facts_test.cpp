// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include "info_samples.hpp"
#include "redis/info.hpp"
#include "redis/server_config.hpp"

namespace forkmend::redis {
namespace {

FactSet facts_of(std::string_view text) {
  const auto info = parse_info(text);
  return info ? info_facts(*info) : FactSet();
}

std::string unit(const FactSet& facts, std::string_view name) {
  const Fact* fact = facts.find(name);
  return fact != nullptr ? fact->unit : "no such fact";
}

TEST(InfoFacts, MakesNumbersOfNumbers) {
  const FactSet facts = facts_of(
      "# Memory\r\nused_memory:1048576\r\nmem_fragmentation_ratio:1.57\r\nmaxmemory:0\r\n");
  EXPECT_EQ(facts.integer("redis.used_memory"), 1048576);
  EXPECT_EQ(facts.number("redis.mem_fragmentation_ratio"), 1.57);
  EXPECT_EQ(facts.find("redis.used_memory")->source, "INFO memory");
}

TEST(InfoFacts, KeepsWordsAndNamesAsText) {
  const FactSet facts = facts_of(samples::redis_40 + "mem_allocator:jemalloc-5.1.0\r\n");
  EXPECT_EQ(facts.text("redis.redis_version"), "4.0.14");
  EXPECT_EQ(facts.text("redis.redis_build_id"), "1234567890123456");
  EXPECT_EQ(facts.text("redis.redis_git_sha1"), "00000000");
  EXPECT_EQ(facts.text("redis.rdb_last_bgsave_status"), "err");
  EXPECT_EQ(facts.text("redis.role"), "master");
  EXPECT_EQ(facts.integer("redis.process_id"), 812);
  EXPECT_EQ(facts.text("redis.db0"), "keys=2,expires=0,avg_ttl=0");
}

TEST(InfoFacts, TakesNoHexIdForANumber) {
  const FactSet facts = facts_of(
      "run_id:1234567890123456789012345678901234567890\r\nodd:5e12\r\nmaster_replid:"
      "0000000000\r\n");
  EXPECT_TRUE(facts.text("redis.run_id").has_value());
  EXPECT_EQ(facts.text("redis.odd"), "5e12");
  EXPECT_EQ(facts.text("redis.master_replid"), "0000000000");
}

TEST(InfoFacts, KnowsTheUnits) {
  const FactSet facts = facts_of(samples::redis_62 +
                                 "used_memory:9\r\nused_memory_human:9B\r\n"
                                 "used_memory_peak_perc:99.87%\r\nmem_clients_slaves:7\r\n"
                                 "instantaneous_ops_per_sec:4\r\nuptime_in_seconds:60\r\n");
  EXPECT_EQ(unit(facts, "redis.used_memory"), "bytes");
  EXPECT_EQ(unit(facts, "redis.used_memory_human"), "");
  EXPECT_EQ(facts.text("redis.used_memory_peak_perc"), "99.87%");
  EXPECT_EQ(unit(facts, "redis.mem_clients_slaves"), "bytes");
  EXPECT_EQ(unit(facts, "redis.current_cow_size"), "bytes");
  EXPECT_EQ(unit(facts, "redis.current_cow_size_age"), "seconds");
  EXPECT_EQ(unit(facts, "redis.current_fork_perc"), "percent");
  EXPECT_EQ(unit(facts, "redis.rdb_last_bgsave_time_sec"), "seconds");
  EXPECT_EQ(unit(facts, "redis.latest_fork_usec"), "us");
  EXPECT_EQ(unit(facts, "redis.instantaneous_ops_per_sec"), "");
  EXPECT_EQ(unit(facts, "redis.uptime_in_seconds"), "seconds");
  EXPECT_EQ(unit(facts, "redis.rdb_last_save_time"), "");
  EXPECT_EQ(unit(facts, "redis.rdb_last_bgsave_status"), "");
}

TEST(InfoFacts, SaysUnknownForNotANumber) {
  const FactSet facts = facts_of("allocator_frag_ratio:nan\r\nmem_fragmentation_ratio:-nan\r\n");
  ASSERT_NE(facts.find("redis.allocator_frag_ratio"), nullptr);
  EXPECT_EQ(facts.find("redis.allocator_frag_ratio")->state, FactState::unknown);
  EXPECT_EQ(facts.find("redis.mem_fragmentation_ratio")->reason, "the server says \"-nan\"");
}

TEST(InfoFacts, TakesANumberAboveTheRangeOfIntegers) {
  const FactSet facts = facts_of("used_memory:18446744073709551615\r\n");
  EXPECT_EQ(facts.integer("redis.used_memory"), std::nullopt);
  EXPECT_EQ(facts.number("redis.used_memory"), 18446744073709551615.0);
}

TEST(InfoFacts, MakesTextHarmless) {
  EXPECT_EQ(facts_of("os:\x1b[2J\r\n").text("redis.os"), "\\x1b[2J");
}

TEST(ConfigFacts, KeepsEveryValueAsTheServerSpellsIt) {
  const FactSet facts =
      config_facts({{"save", "3600 1 300 100"}, {"maxmemory", "0"}, {"dir", "/a\tb"}});
  EXPECT_EQ(facts.text("redis.config.save"), "3600 1 300 100");
  EXPECT_EQ(facts.text("redis.config.maxmemory"), "0");
  EXPECT_EQ(facts.text("redis.config.dir"), "/a\tb");
  EXPECT_EQ(facts.find("redis.config.save")->source, "CONFIG GET");
}

TEST(ConfigFacts, LeavesSecretsOut) {
  const FactSet facts = config_facts({{"requirepass", "hunter2"},
                                      {"masterauth", "hunter2"},
                                      {"primaryauth", "hunter2"},
                                      {"tls-key-file-pass", "hunter2"},
                                      {"admin_PASSword", "hunter2"},
                                      {"appendonly", "yes"}});
  EXPECT_EQ(facts.all().size(), 1U);
  EXPECT_FALSE(is_secret_parameter("tls-auth-clients"));
  EXPECT_TRUE(is_secret_parameter("RequirePass"));
}

TEST(ConfigFacts, GivesOldNamesTheirNewOnesToo) {
  const FactSet facts = config_facts({{"slave-serve-stale-data", "yes"},
                                      {"min-slaves-to-write", "1"},
                                      {"slave-priority", "100"},
                                      {"replica-priority", "90"}});
  EXPECT_EQ(facts.text("redis.config.replica-serve-stale-data"), "yes");
  EXPECT_EQ(facts.text("redis.config.slave-serve-stale-data"), "yes");
  EXPECT_EQ(facts.text("redis.config.min-replicas-to-write"), "1");
  EXPECT_EQ(facts.text("redis.config.replica-priority"), "90");
}

TEST(ConfigFacts, TakesNamesThatAreNames) {
  const FactSet facts = config_facts({{"bad name", "1"}, {"search.limit", "2"}, {"", "3"}});
  EXPECT_TRUE(facts.all().empty());
}

TEST(ConfigLines, ReadsABundlesFile) {
  const ConfigPairs pairs = parse_config_lines(
      "save 900 1 3600 10\ndir /var/lib/redis\nlogfile\n"
      "unixsocket \n\n# note\n");
  ASSERT_EQ(pairs.size(), 4U);
  EXPECT_EQ(pairs[0], (ConfigPairs::value_type{"save", "900 1 3600 10"}));
  EXPECT_EQ(pairs[2], (ConfigPairs::value_type{"logfile", ""}));
  EXPECT_EQ(pairs[3], (ConfigPairs::value_type{"unixsocket", ""}));
}

}  // namespace
}  // namespace forkmend::redis
