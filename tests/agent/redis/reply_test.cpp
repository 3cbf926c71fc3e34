// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/reply.hpp"

#include <gtest/gtest.h>

namespace forkmend::redis {
namespace {

TEST(Reply, TextIsABulkOrAStatus) {
  EXPECT_EQ(as_text(Reply{std::string("x")}).value(), "x");
  EXPECT_EQ(as_text(Reply{Status{"OK"}}).value(), "OK");
}

TEST(Reply, AnotherTypeIsNamed) {
  EXPECT_EQ(as_text(Reply{Nil{}}).error().message, "the server answered with nil, expected a text");
  EXPECT_EQ(as_integer(Reply{Array{}}).error().message,
            "the server answered with an array, expected an integer");
  EXPECT_EQ(as_integer(Reply{std::string("1")}).error().code, Errc::protocol);
  EXPECT_EQ(as_integer(Reply{std::int64_t{-7}}).value(), -7);
}

TEST(Reply, AnErrorReplyIsAServerError) {
  const auto refused = as_text(Reply{ServerError{"ERR", "unknown command 'BGSAVE'"}});
  EXPECT_EQ(refused.error().code, Errc::server_error);
  EXPECT_EQ(refused.error().message, "the server answered ERR unknown command 'BGSAVE'");
  EXPECT_EQ(as_integer(Reply{ServerError{"ERR", ""}}).error().message, "the server answered ERR");
}

TEST(Reply, ARefusalSaysWhatToDo) {
  const Error no_auth = to_error({"NOAUTH", "Authentication required."});
  EXPECT_EQ(no_auth.code, Errc::permission_denied);
  EXPECT_EQ(no_auth.message,
            "the server answered NOAUTH Authentication required.; the server wants a password: set "
            "REDISCLI_AUTH, use --askpass, or name a password_file for this instance");
  const Error no_perm = to_error(
      {"NOPERM", "this user has no permissions to run the 'config' command or its subcommand"});
  EXPECT_EQ(no_perm.code, Errc::permission_denied);
  EXPECT_NE(no_perm.message.find("ACL SETUSER"), std::string::npos);
  EXPECT_EQ(to_error({"WRONGPASS", "invalid username-password pair or user is disabled."}).code,
            Errc::permission_denied);
  EXPECT_EQ(to_error({"ERR", "operation not permitted"}).code, Errc::permission_denied);
}

TEST(Reply, ServerTextCannotControlATerminal) {
  EXPECT_EQ(to_error({"ERR", "\x1b[2J"}).message, "the server answered ERR \\x1b[2J");
}

TEST(Reply, PairsComeFromAFlatArray) {
  const Reply reply{Array{Reply{std::string("save")}, Reply{std::string("3600 1")},
                          Reply{std::string("dir")}, Reply{std::string("/data")}}};
  const auto pairs = as_pairs(reply).value();
  ASSERT_EQ(pairs.size(), 2U);
  EXPECT_EQ(pairs[0], std::pair(std::string("save"), std::string("3600 1")));
  EXPECT_EQ(pairs[1].second, "/data");
  EXPECT_TRUE(as_pairs(Reply{Array{}}).value().empty());
}

TEST(Reply, PairsNeedAnEvenNumberOfTexts) {
  EXPECT_EQ(as_pairs(Reply{Array{Reply{std::string("save")}}}).error().message,
            "the server answered with a name that has no value");
  const Reply wrong{Array{Reply{std::string("save")}, Reply{std::int64_t{1}}}};
  EXPECT_EQ(
      as_pairs(wrong).error().message,
      "the server answered with an integer, expected a text (while reading the value of save)");
  EXPECT_EQ(as_pairs(Reply{ServerError{"NOPERM", "no"}}).error().code, Errc::permission_denied);
}

}  // namespace
}  // namespace forkmend::redis
