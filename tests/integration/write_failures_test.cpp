// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Saves whose child cannot write, for real, as far as an ordinary user can bring them about. What
// needs mounts is in tests/host.
#include <gtest/gtest.h>

#include <filesystem>

#include "support/lab/forkmend_program.hpp"
#include "support/lab/program.hpp"
#include "support/lab/save_dir.hpp"

namespace forkmend::testing {
namespace {

namespace fs = std::filesystem;

class WriteFailure : public ::testing::Test {
 protected:
  SaveDir dir_;
};

TEST_F(WriteFailure, PermissionDenied) {
  const RedisServer server(dir_.server());
  fs::permissions(dir_.path(), fs::perms::owner_read | fs::perms::owner_exec);
  fail_to_write(server);
  EXPECT_EQ(diagnosed(server), "permission-denied proven");
  fs::permissions(dir_.path(), fs::perms::owner_all);
}

TEST_F(WriteFailure, PermissionDeniedIsAdviceAndChangesNothing) {
  const RedisServer server(dir_.server());
  fs::permissions(dir_.path(), fs::perms::owner_read | fs::perms::owner_exec);
  fail_to_write(server);
  const Forkmend forkmend;
  const auto result = forkmend.run({"fix", "--yes", "-i", server.url()});
  EXPECT_EQ(result.exit_code, 14) << result.out << result.err;
  EXPECT_NE(result.out.find("namei -l"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("Do not chmod 777"), std::string::npos) << result.out;
  EXPECT_EQ(fs::status(dir_.path()).permissions(), fs::perms::owner_read | fs::perms::owner_exec);
  fs::permissions(dir_.path(), fs::perms::owner_all);
}

TEST_F(WriteFailure, AClosedParentIsNoCause) {
  const std::string inner = dir_.path() + "/inner";
  fs::create_directory(inner);
  SaveDir::give(inner);
  const RedisServer server(dir_.server({"--dir", inner}));
  // The working directory stays open: only what is looked up through the parent is refused, so the
  // save itself works, and nothing is to be diagnosed.
  fs::permissions(dir_.path(), fs::perms::none);
  server.call({"BGSAVE"});
  EXPECT_TRUE(wait_for_text(server.log_file(), "Background saving terminated with success",
                            std::chrono::seconds(30)));
  EXPECT_EQ(diagnosed(server), "");
  fs::permissions(dir_.path(), fs::perms::owner_all);
}

TEST_F(WriteFailure, MissingDir) {
  const RedisServer server(dir_.server());
  fs::remove_all(dir_.path());
  fail_to_write(server);
  EXPECT_EQ(diagnosed(server), "missing-dir proven");
}

TEST_F(WriteFailure, MissingDirThatWasMadeAnew) {
  const RedisServer server(dir_.server());
  fs::remove_all(dir_.path());
  fs::create_directory(dir_.path());
  fail_to_write(server);
  EXPECT_EQ(diagnosed(server), "missing-dir proven");
}

TEST_F(WriteFailure, TargetIsADirectory) {
  const RedisServer server(dir_.server());
  fs::create_directories(dir_.path() + "/dump.rdb/x");
  fail_to_write(server);
  EXPECT_EQ(diagnosed(server), "target-busy proven");
}

TEST_F(WriteFailure, FileSizeLimit) {
  const RedisServer server(dir_.server());
  fill(server);
  ProgramOptions as_server;
  as_server.run_as = ordinary_user();
  const auto limited = run_program(
      {"prlimit", "--pid", std::to_string(server.pid()), "--fsize=2000000:"}, as_server);
  ASSERT_EQ(limited.exit_code, 0) << limited.err;
  fail_to_write(server);
  EXPECT_EQ(diagnosed(server), "file-size-limit proven");
}

TEST_F(WriteFailure, HijackedDirByPlaceAndConfigurationFile) {
  const std::string conf = dir_.beside("redis.conf");
  write_tree(fs::path(conf).parent_path(), {{"/redis.conf", "dir " + dir_.path() + "\n"}});
  const std::string target = dir_.path() + "/.ssh";
  fs::create_directory(target);
  SaveDir::give(target);
  ServerOptions options = dir_.server({"--enable-protected-configs", "yes"});
  options.prefix = {"sh", "-c", "shift; exec redis-server " + conf + " \"$@\"", "sh"};
  const RedisServer server(options);
  ASSERT_EQ(server.call({"CONFIG", "SET", "dir", target}), "OK");
  ASSERT_EQ(server.call({"CONFIG", "SET", "dbfilename", "authorized_keys"}), "OK");
  fs::permissions(target, fs::perms::owner_read | fs::perms::owner_exec);
  fail_to_write(server);
  EXPECT_EQ(diagnosed(server), "hijacked-dir proven");
  const Forkmend forkmend;
  // The configuration file is no part of a bundle, what decides in it is.
  int exit_code = -1;
  const std::string bundle = dir_.beside("bundle");
  EXPECT_EQ(forkmend.run({"capture", bundle, "-i", server.url()}).exit_code, 0);
  const auto replayed = forkmend.json({"diagnose", "--bundle", bundle}, &exit_code);
  EXPECT_EQ(at_path(replayed, "instances.0.causes.0.confidence"), "proven");
  const auto result = forkmend.run({"fix", "--yes", "-i", server.url()});
  EXPECT_EQ(result.exit_code, 14) << result.out << result.err;
  EXPECT_NE(result.out.find("SECURITY ALERT"), std::string::npos) << result.out;
  fs::permissions(target, fs::perms::owner_all);
}

TEST_F(WriteFailure, HijackedDirByNameAlone) {
  const RedisServer server(dir_.server({"--enable-protected-configs", "yes"}));
  ASSERT_EQ(server.call({"CONFIG", "SET", "dbfilename", "authorized_keys"}), "OK");
  fs::create_directories(dir_.path() + "/authorized_keys/x");
  fail_to_write(server);
  EXPECT_EQ(diagnosed(server), "hijacked-dir likely");
}

TEST_F(WriteFailure, ADifferentDirIsNoAttack) {
  const RedisServer server(dir_.server({"--enable-protected-configs", "yes"}));
  const std::string other = dir_.path() + "/other";
  fs::create_directories(other + "/dump.rdb/x");
  SaveDir::give(other);
  ASSERT_EQ(server.call({"CONFIG", "SET", "dir", other}), "OK");
  fail_to_write(server);
  EXPECT_EQ(diagnosed(server), "target-busy proven");
}

}  // namespace
}  // namespace forkmend::testing
