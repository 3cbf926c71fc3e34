// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Servers of other kinds and in other places: a healthy one, a password, a unix socket, AOF only,
// nobody at home.
#include <gtest/gtest.h>

#include "support/lab/forkmend_program.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

ServerOptions ordinary(std::vector<std::string> arguments) {
  ServerOptions options;
  options.run_as = ordinary_user();
  options.arguments = std::move(arguments);
  return options;
}

TEST(Servers, AHealthyOneNeedsNothing) {
  const RedisServer server(ordinary({}));
  const Forkmend forkmend(ordinary_user());
  const auto result = forkmend.run({"fix", "--yes", "-i", server.url()});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_NE(result.out.find("Nothing to heal"), std::string::npos) << result.out;
  EXPECT_EQ(forkmend.run({"diagnose", "-i", server.url()}).exit_code, 0);
  EXPECT_EQ(forkmend.run({"history"}).out, "No incident is recorded.\n");
}

TEST(Servers, NobodyAtHomeIsSaid) {
  const Forkmend forkmend(ordinary_user());
  const std::string url = "redis://127.0.0.1:" + std::to_string(free_port());
  const auto result = forkmend.run({"fix", "--yes", "-i", url});
  EXPECT_EQ(result.exit_code, 3) << result.out << result.err;
  EXPECT_NE(result.err.find("refused"), std::string::npos) << result.err;
}

TEST(Servers, ABadUrlIsAUsageError) {
  const Forkmend forkmend(ordinary_user());
  const auto result = forkmend.run({"diagnose", "-i", "http://127.0.0.1:6379"});
  EXPECT_EQ(result.exit_code, 2) << result.out << result.err;
  EXPECT_NE(result.err.find("redis://"), std::string::npos) << result.err;
}

TEST(Servers, ThePasswordComesFromTheEnvironmentAndIsNowhereElse) {
  ServerOptions options = ordinary({"--save", "3600 1"});
  options.password = "s3cret-of-the-test";
  const RedisServer server(options);
  refuse_forks_by_nproc(server.pid());
  server.save_that_fails();
  const Forkmend forkmend(ordinary_user());

  const auto without = forkmend.run({"fix", "--yes", "-i", server.url()});
  EXPECT_EQ(without.exit_code, 3) << without.out << without.err;
  EXPECT_NE(without.err.find("REDISCLI_AUTH"), std::string::npos) << without.err;

  const auto with = forkmend.run({"-v", "-v", "fix", "--yes", "-i", server.url()},
                                 {{"REDISCLI_AUTH", options.password}});
  EXPECT_EQ(with.exit_code, 0) << with.out << with.err;
  EXPECT_EQ((with.out + with.err).find(options.password), std::string::npos);
  const auto kept =
      run_program({"grep", "-r", "-c", "-a", "-F", options.password, forkmend.state_dir()});
  EXPECT_EQ(kept.exit_code, 1) << "the journal holds the password: " << kept.out;
}

TEST(Servers, AUnixSocketIsHealedToo) {
  const RedisServer server(ordinary({"--save", "3600 1"}));
  refuse_forks_by_nproc(server.pid());
  server.save_that_fails();
  const Forkmend forkmend(ordinary_user());
  int exit_code = -1;
  const auto document = forkmend.json({"fix", "--yes", "-i", server.unix_url()}, &exit_code);
  EXPECT_EQ(exit_code, 0) << document;
  EXPECT_EQ(at_path(document, "instances.0.local"), "true");
}

TEST(Servers, WhereOnlyAofIsInUseARewriteIsTheProof) {
  const RedisServer server(ordinary({"--save", "", "--appendonly", "yes"}));
  server.call({"SET", "order:1", "paid"});
  refuse_forks_by_nproc(server.pid());
  server.call({"BGREWRITEAOF"});
  ASSERT_TRUE(wait_for_text(server.log_file(), "Can't rewrite append only file in background: fork",
                            std::chrono::seconds(20)));
  const Forkmend forkmend(ordinary_user());
  int exit_code = -1;
  const auto document = forkmend.json({"fix", "--yes", "-i", server.url()}, &exit_code);
  EXPECT_EQ(exit_code, 0) << document;
  EXPECT_EQ(at_path(document, "instances.0.failures.0.kind"), "aof-rewrite");
  EXPECT_EQ(server.info("aof_last_bgrewrite_status"), "ok");
  EXPECT_EQ(server.info("rdb_saves"), "0");
}

TEST(Servers, DiscoveryFindsServersWithoutBeingTold) {
  const RedisServer server(ordinary({}));
  const Forkmend forkmend(ordinary_user());
  const auto result = forkmend.run({"diagnose"});
  EXPECT_NE(result.out.find("pid " + std::to_string(server.pid())), std::string::npos)
      << result.out << result.err;
}

}  // namespace
}  // namespace forkmend::testing
