// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The largest keys of a real server: found in every database, within a time, and without a name
// unless somebody asks for it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/lab/forkmend_program.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class BigKeysOf : public ::testing::Test {
 protected:
  BigKeysOf() {
    server_.call({"EVAL",
                  "for i = 1, 500 do redis.call('SET', 'small:' .. i, 'x') end "
                  "redis.call('SET', 'session:of-anna', string.rep('x', 3000000)) "
                  "for i = 1, 2000 do redis.call('RPUSH', 'queue', string.rep('y', 100)) end "
                  "redis.call('SELECT', '3') redis.call('SET', 'far', string.rep('z', 1000000))",
                  "0"});
  }

  ProgramResult diagnose(std::vector<std::string> more) const {
    more.insert(more.begin(), {"-i", server_.url(), "diagnose"});
    return forkmend_.run(more);
  }

  RedisServer server_;
  Forkmend forkmend_;
};

TEST_F(BigKeysOf, AreFoundInEveryDatabaseWithoutNames) {
  int exit_code = -1;
  const auto document = forkmend_.json({"-i", server_.url(), "diagnose", "--big-keys"}, &exit_code);
  EXPECT_EQ(exit_code, 0);
  EXPECT_EQ(at_path(document, "instances.0.big_keys.keys"), "503");
  EXPECT_EQ(at_path(document, "instances.0.big_keys.looked_at"), "503");
  EXPECT_EQ(at_path(document, "instances.0.big_keys.whole"), "true");
  EXPECT_GT(std::stoll(at_path(document, "instances.0.big_keys.largest.0.bytes")), 3'000'000);
  EXPECT_EQ(at_path(document, "instances.0.big_keys.largest.1.database"), "3");
  EXPECT_EQ(at_path(document, "instances.0.big_keys.largest.2.type"), "list");
  EXPECT_EQ(at_path(document, "instances.0.big_keys.by_type.list.keys"), "1");
  EXPECT_EQ(at_path(document, "instances.0.big_keys.largest.9.type"), "string");
  EXPECT_EQ(at_path(document, "instances.0.big_keys.largest.10.type"), "") << "ten are enough";
  const auto text = diagnose({"--big-keys"}).out;
  EXPECT_THAT(text, HasSubstr("looked at all 503 keys"));
  EXPECT_THAT(text, Not(HasSubstr("anna")));
}

TEST_F(BigKeysOf, HaveNamesForWhoAsks) {
  EXPECT_THAT(diagnose({"--big-keys", "--key-names"}).out, HasSubstr("session:of-anna"));
}

TEST_F(BigKeysOf, AreNotLookedForLongerThanAllowed) {
  server_.call({"DEBUG", "POPULATE", "200000", "many", "10"});
  int exit_code = -1;
  const auto document = forkmend_.json(
      {"-i", server_.url(), "diagnose", "--big-keys", "--big-keys-time", "50ms"}, &exit_code);
  EXPECT_EQ(at_path(document, "instances.0.big_keys.whole"), "false");
  EXPECT_EQ(at_path(document, "instances.0.big_keys.keys"), "200503");
  EXPECT_LT(std::stoll(at_path(document, "instances.0.big_keys.looked_at")), 200'503);
}

TEST_F(BigKeysOf, AreRefusedWhereTheQuestionMakesNoSense) {
  EXPECT_EQ(diagnose({"--key-names"}).exit_code, 2);
  EXPECT_EQ(diagnose({"--big-keys", "--big-keys-time", "2h"}).exit_code, 2);
  EXPECT_THAT(diagnose({"--big-keys", "--big-keys-time", "soon"}).err,
              HasSubstr("--big-keys-time"));
}

}  // namespace
}  // namespace forkmend::testing
