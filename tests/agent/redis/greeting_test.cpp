// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/greeting.hpp"

#include <gtest/gtest.h>

namespace forkmend::redis {
namespace {

using Words = std::vector<std::string>;

const Credentials nobody;
const Credentials default_user{.username = {}, .password = "hunter2"};
const Credentials ops_user{.username = "ops", .password = "hunter2"};

Reply error_reply(std::string code, std::string text) {
  return Reply{ServerError{std::move(code), std::move(text)}};
}

TEST(Greeting, IsAuthWithAPasswordElsePing) {
  EXPECT_EQ(greeting(nobody), (Words{"PING"}));
  EXPECT_EQ(greeting(default_user), (Words{"AUTH", "hunter2"}));
  EXPECT_EQ(greeting(ops_user), (Words{"AUTH", "ops", "hunter2"}));
}

TEST(Greeting, AcceptsAServerThatTalksToUs) {
  EXPECT_TRUE(judge_greeting(Reply{Status{"PONG"}}, nobody));
  EXPECT_TRUE(judge_greeting(Reply{Status{"OK"}}, ops_user));
  EXPECT_TRUE(
      judge_greeting(error_reply("LOADING", "Redis is loading the dataset in memory"), nobody));
  EXPECT_TRUE(judge_greeting(
      error_reply("MISCONF", "Redis is configured to save RDB snapshots, but ..."), nobody));
  EXPECT_TRUE(judge_greeting(
      error_reply("NOPERM", "User ops has no permissions to run the 'ping' command"), nobody));
}

TEST(Greeting, AcceptsAServerThatWantsNoPassword) {
  EXPECT_TRUE(
      judge_greeting(error_reply("ERR", "Client sent AUTH, but no password is set"), default_user));
  EXPECT_TRUE(judge_greeting(
      error_reply("ERR",
                  "AUTH <password> called without any password configured for the default "
                  "user. Are you sure your configuration is correct?"),
      default_user));
}

TEST(Greeting, ExplainsAWantedPassword) {
  const auto verdict = judge_greeting(error_reply("NOAUTH", "Authentication required."), nobody);
  EXPECT_EQ(verdict.error().code, Errc::permission_denied);
  EXPECT_NE(verdict.error().message.find("REDISCLI_AUTH"), std::string::npos);
}

TEST(Greeting, ExplainsAWrongPassword) {
  const auto verdict = judge_greeting(
      error_reply("WRONGPASS", "invalid username-password pair or user is disabled."), ops_user);
  EXPECT_EQ(verdict.error().code, Errc::permission_denied);
  EXPECT_EQ(verdict.error().message,
            "the server refuses the password of user ops (WRONGPASS); check REDISCLI_AUTH, "
            "--askpass or password_file");
  EXPECT_EQ(judge_greeting(error_reply("ERR", "invalid password"), default_user).error().code,
            Errc::permission_denied);
}

TEST(Greeting, ExplainsAServerWithoutUsers) {
  const auto verdict =
      judge_greeting(error_reply("ERR", "wrong number of arguments for 'auth' command"), ops_user);
  EXPECT_EQ(verdict.error().message,
            "the server knows no users (older than Redis 6); leave the user name out");
}

TEST(Greeting, ExplainsLimits) {
  EXPECT_EQ(
      judge_greeting(error_reply("ERR", "max number of clients reached"), nobody).error().code,
      Errc::busy);
  EXPECT_EQ(
      judge_greeting(error_reply("DENIED", "Redis is running in protected mode"), default_user)
          .error()
          .code,
      Errc::permission_denied);
}

TEST(Greeting, NeverRepeatsThePasswordThatTheServerQuotes) {
  const auto verdict = judge_greeting(
      error_reply("ERR", "unknown command `AUTH`, with args beginning with: `hunter2`, "),
      default_user);
  EXPECT_EQ(verdict.error().code, Errc::permission_denied);
  EXPECT_EQ(verdict.error().message.find("hunter2"), std::string::npos);
}

TEST(Greeting, RefusesAnotherType) {
  EXPECT_EQ(judge_greeting(Reply{std::int64_t{1}}, nobody).error().code, Errc::protocol);
}

}  // namespace
}  // namespace forkmend::redis
