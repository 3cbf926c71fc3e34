// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include "info_samples.hpp"
#include "redis/info.hpp"

namespace forkmend::redis {
namespace {

ServerIdentity identified(std::string_view text) {
  const auto info = parse_info(text);
  return info ? identify(*info) : ServerIdentity();
}

TEST(Version, ReadsWhatServersWrite) {
  EXPECT_EQ(parse_version("7.0.15"), (Version{7, 0, 15}));
  EXPECT_EQ(parse_version("7.2"), (Version{7, 2, 0}));
  EXPECT_EQ(parse_version("df-v1.38.1"), (Version{1, 38, 1}));
  EXPECT_EQ(parse_version("v1.14.0"), (Version{1, 14, 0}));
  EXPECT_EQ(parse_version("8.0-rc1"), (Version{8, 0, 0}));
  EXPECT_EQ(parse_version("7.0.15+dfsg"), (Version{7, 0, 15}));
  EXPECT_EQ(parse_version("255.255.255"), (Version{255, 255, 255}));
  EXPECT_EQ(parse_version(" 6.2.16\t"), (Version{6, 2, 16}));
}

TEST(Version, RefusesOtherText) {
  for (const std::string_view text :
       {"", "7", "7.", ".7", "7.0.", "seven", "7.x", "-7.0", "7.0.15abc", "99999999999.0"}) {
    EXPECT_EQ(parse_version(text), std::nullopt) << text;
  }
}

TEST(Version, ComparesByPart) {
  EXPECT_LT((Version{6, 2, 16}), (Version{7, 0, 0}));
  EXPECT_GT((Version{7, 0, 10}), (Version{7, 0, 9}));
  EXPECT_EQ(to_string(Version{7, 0, 15}), "7.0.15");
}

TEST(Identity, KnowsRedis) {
  const ServerIdentity server = identified(samples::redis_40);
  EXPECT_EQ(server.flavour, Flavour::redis);
  EXPECT_EQ(server.version, (Version{4, 0, 14}));
  EXPECT_EQ(server.redis_version, (Version{4, 0, 14}));
  EXPECT_EQ(server.role, "master");
  EXPECT_EQ(server.run_id, "6f2b1e5d0c8a4b7e9d3f1a2b4c5d6e7f8a9b0c1d");
  EXPECT_EQ(server.process_id, 812);
  EXPECT_EQ(server.config_file, "/etc/redis/redis.conf");
  EXPECT_EQ(server.executable, "/usr/local/bin/redis-server");
}

TEST(Identity, KnowsValkeyByItsOwnFields) {
  const ServerIdentity server = identified(samples::valkey_8);
  EXPECT_EQ(server.flavour, Flavour::valkey);
  EXPECT_EQ(server.version, (Version{8, 0, 1}));
  EXPECT_EQ(server.redis_version, (Version{7, 2, 4}));
  EXPECT_EQ(server.role, "slave");
  EXPECT_EQ(identified("redis_version:7.2.4\nserver_name:valkey\n").flavour, Flavour::valkey);
}

TEST(Identity, KnowsKeydbAndThatItStopsAtRedisSixTwo) {
  const ServerIdentity server = identified(samples::keydb);
  EXPECT_EQ(server.flavour, Flavour::keydb);
  EXPECT_EQ(server.version, (Version{6, 3, 4}));
  EXPECT_EQ(server.redis_version, (Version{6, 2, 0}));
  EXPECT_EQ(server.role, "slave");
  EXPECT_EQ(identified("redis_version:6.0.16\nmvcc_depth:0\n").redis_version, (Version{6, 0, 16}));
  EXPECT_EQ(identified("redis_version:6.3.4\nexecutable:/opt/keydb-server\n").flavour,
            Flavour::keydb);
}

TEST(Identity, DoesNotTakeAPathForAFlavour) {
  EXPECT_EQ(identified("redis_version:7.0.15\nexecutable:/srv/keydb-old/redis-server\n").flavour,
            Flavour::redis);
}

TEST(Identity, KnowsDragonflyWhateverVersionItImitates) {
  const ServerIdentity server = identified(samples::dragonfly);
  EXPECT_EQ(server.flavour, Flavour::dragonfly);
  EXPECT_EQ(server.version, (Version{1, 38, 1}));
  EXPECT_EQ(server.redis_version, (Version{7, 4, 0}));
  EXPECT_EQ(server.role, "slave");
}

TEST(Identity, SaysUnknownWhenThereIsNothingToTellBy) {
  const ServerIdentity server = identified("uptime:3\nrole:sentinel\nprocess_id:0\n");
  EXPECT_EQ(server.flavour, Flavour::unknown);
  EXPECT_EQ(server.version, std::nullopt);
  EXPECT_EQ(server.role, "");
  EXPECT_EQ(server.process_id, std::nullopt);
  EXPECT_EQ(to_string(server.flavour), "unknown");
}

TEST(Identity, SpellsFlavours) {
  EXPECT_EQ(to_string(Flavour::redis), "redis");
  EXPECT_EQ(to_string(Flavour::valkey), "valkey");
  EXPECT_EQ(to_string(Flavour::keydb), "keydb");
  EXPECT_EQ(to_string(Flavour::dragonfly), "dragonfly");
}

}  // namespace
}  // namespace forkmend::redis
