// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include <map>

#include "redis/conf_file.hpp"
#include "redis/credentials.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::redis {
namespace {

using forkmend::testing::HostTree;
using Files = std::map<std::string, std::string>;
using Words = std::vector<std::string>;

constexpr const char* kConf = "/etc/redis/redis.conf";

std::string password_in(const HostTree& tree, const std::string& path = kConf) {
  const auto found = credentials_from_server_config(tree.root(), path);
  if (!found) return "error: " + found.error().message;
  return *found ? (*found)->password : "none";
}

std::string password_of(const std::string& conf) {
  return password_in(HostTree(Files{{kConf, conf}}));
}

TEST(SplitArguments, FollowsTheRulesOfRedis) {
  EXPECT_EQ(split_arguments("save  3600 1\t"), (Words{"save", "3600", "1"}));
  EXPECT_EQ(split_arguments(R"(a "b \"c\" \x41\n" 'd \'e\' \n' f)"),
            (Words{"a", "b \"c\" A\n", "d 'e' \\n", "f"}));
  EXPECT_EQ(split_arguments(R"(requirepass "")"), (Words{"requirepass", ""}));
  EXPECT_EQ(split_arguments(R"(pre"fix")"), (Words{"prefix"}));
  EXPECT_EQ(split_arguments(R"("\xZZ \q")"), (Words{"xZZ q"}));
  EXPECT_EQ(split_arguments(""), Words{});
}

TEST(SplitArguments, RefusesQuotesThatDoNotClose) {
  for (const auto* line : {R"("a)", R"('a)", R"("a"b)", R"('a'b)", R"("a\")"}) {
    EXPECT_FALSE(split_arguments(line).has_value()) << line;
  }
}

TEST(ServerConfig, HasThePasswordInRequirepass) {
  EXPECT_EQ(password_of("# requirepass no\nport 6379\n  RequirePass  hunter2  \r\nsave 60 1\n"),
            "hunter2");
  EXPECT_EQ(password_of(R"(requirepass "hunter \x32")"), "hunter 2");
}

TEST(ServerConfig, TheLastRequirepassWins) {
  EXPECT_EQ(password_of("requirepass one\nrequirepass two\n"), "two");
  EXPECT_EQ(password_of("requirepass one\nrequirepass \"\"\n"), "none");
}

TEST(ServerConfig, HasNoPasswordWithoutALineForIt) {
  EXPECT_EQ(password_of("port 6379\nmasterauth hunter2\nmasteruser ops\n"), "none");
}

TEST(ServerConfig, TheDefaultUsersRulesReplaceRequirepass) {
  EXPECT_EQ(password_of("user default on >hunter2 ~* +@all\n"), "hunter2");
  EXPECT_EQ(password_of("requirepass old\nuser default on >hunter2 ~* +@all\n"), "hunter2");
  EXPECT_EQ(password_of("user default on >a >b <b ~* +@all\n"), "a");
  EXPECT_EQ(password_of("requirepass old\nuser default on nopass ~* +@all\n"), "none");
  EXPECT_EQ(password_of("user default on #5e884898da28047151d0e56f8dc629\n"), "none");
  EXPECT_EQ(password_of("user other on >hunter2 ~* +@all\n"), "none");
}

TEST(ServerConfig, FollowsIncludesInTheirPlace) {
  const HostTree tree(
      Files{{kConf, "requirepass one\ninclude local.conf\ninclude /srv/more.conf\n"},
            {"/etc/redis/local.conf", "requirepass two\n"},
            {"/srv/more.conf", "include ../srv/last.conf\n"},
            {"/srv/last.conf", "requirepass three\n"}});
  EXPECT_EQ(password_in(tree), "three");
  const HostTree before(Files{{kConf, "include local.conf\nrequirepass one\n"},
                              {"/etc/redis/local.conf", "requirepass two\n"}});
  EXPECT_EQ(password_in(before), "one");
}

TEST(ServerConfig, ReadsTheAclFile) {
  const HostTree tree(
      Files{{kConf, "requirepass old\naclfile users.acl\n"},
            {"/etc/redis/users.acl",
             "user ops on >other ~* +@all\nuser default on >hun\"ter2 ~* +@all\n"}});
  EXPECT_EQ(password_in(tree), "hun\"ter2");
}

TEST(ServerConfig, SaysThatAnIncludeMayHoldThePassword) {
  EXPECT_EQ(password_of("include secret.conf\n"),
            "error: opening /etc/redis/secret.conf: No such file or directory (while following an "
            "include) (while reading the server's configuration /etc/redis/redis.conf)");
  EXPECT_EQ(password_of("include secret.conf\nrequirepass hunter2\n"), "hunter2");
}

TEST(ServerConfig, EndsWhenFilesIncludeEachOther) {
  const HostTree tree(Files{{kConf, "include redis.conf\n"}});
  EXPECT_NE(password_in(tree).find("too many files"), std::string::npos);
}

TEST(ServerConfig, NeverRepeatsALine) {
  EXPECT_EQ(password_of("port 1\nrequirepass \"hunter2\n"),
            "error: /etc/redis/redis.conf:2: unbalanced quotes (while reading the server's "
            "configuration /etc/redis/redis.conf)");
}

TEST(ServerConfig, ReadsAContainersFileAsTheServerSeesIt) {
  const HostTree tree(Files{{"/proc/812/root/etc/redis.conf", "include /etc/local.conf\n"},
                            {"/proc/812/root/etc/local.conf", "requirepass inside\n"},
                            {"/etc/local.conf", "requirepass outside\n"}});
  EXPECT_EQ(password_in(tree, "/proc/812/root/etc/redis.conf"), "inside");
}

TEST(ServerConfig, FollowsNoLinkOutOfAContainer) {
  const HostTree tree(Files{{"/proc/812/root/etc/redis.conf", "-> /etc/other.conf"},
                            {"/proc/812/root/etc/up.conf", "-> ../../../../etc/other.conf"},
                            {"/etc/other.conf", "requirepass outside\n"}});
  for (const auto* path : {"/proc/812/root/etc/redis.conf", "/proc/812/root/etc/up.conf",
                           "/proc/812/root/../../../etc/none.conf"}) {
    EXPECT_NE(password_in(tree, path).find("No such file"), std::string::npos) << path;
  }
}

TEST(ServerConfig, MustBeARegularFileOfAReasonableSize) {
  EXPECT_NE(password_in(HostTree(Files{{"/etc/redis/x", ""}}), "/etc/redis").find("regular file"),
            std::string::npos);
  EXPECT_NE(password_of(std::string(std::size_t{5} << 20U, '#')).find("larger"), std::string::npos);
  EXPECT_NE(password_in(HostTree(Files{{"/x", ""}})).find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace forkmend::redis
