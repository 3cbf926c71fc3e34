// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A repair that only the people of a host know, as a hook of theirs: done, proven, taken back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "support/lab/forkmend_program.hpp"
#include "support/lab/redis_server.hpp"
#include "support/lab/save_dir.hpp"

namespace forkmend::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// A server whose directory takes no files, and a policy with a hook that opens it.
class HookOfTheUser : public ::testing::Test {
 protected:
  HookOfTheUser() {
    fs::permissions(dir_.path(), fs::perms(0555));
    fail_to_write(server_);
  }
  void TearDown() override { fs::permissions(dir_.path(), fs::perms(0755)); }

  [[nodiscard]] std::string policy(const std::string& mode) const {
    const std::string rule =
        "schema = 1\nmode = \"heal\"\n[[rule]]\nname = \"ours\"\ncause = [\"permission-denied\"]\n";
    const std::string end = ", \"" + dir_.path() + "\"]";
    return forkmend_.policy(
        rule + "try = [{ remedy = \"hook\", name = \"open the dir\", scope = \"instance\"" +
        ", do = [\"/bin/chmod\", \"" + mode + "\"" + end + ", undo = [\"/bin/chmod\", \"0555\"" +
        end + R"(, check = ["/bin/sh", "-c", "test \"$(stat -c %a \"$1\")\" != 555", "check")" +
        end + " }]\n");
  }

  [[nodiscard]] fs::perms mode() const { return fs::status(dir_.path()).permissions(); }

  SaveDir dir_;
  RedisServer server_{dir_.server()};
  Forkmend forkmend_;
};

TEST_F(HookOfTheUser, HealsAndIsUndone) {
  int exit_code = -1;
  const auto document =
      forkmend_.json({"--policy", policy("0755"), "fix", "--yes", "-i", server_.url()}, &exit_code);
  EXPECT_EQ(exit_code, 0) << document;
  EXPECT_EQ(at_path(document, "instances.0.outcome.healed_by"), "hook");
  EXPECT_EQ(server_.info("rdb_last_bgsave_status"), "ok");
  EXPECT_EQ(mode(), fs::perms(0755));
  const auto undone = forkmend_.run({"rollback", "--all"});
  EXPECT_EQ(undone.exit_code, 0) << undone.out << undone.err;
  EXPECT_EQ(mode(), fs::perms(0555));
}

TEST_F(HookOfTheUser, ThatHealsNothingIsUndone) {
  const auto result =
      forkmend_.run({"--policy", policy("0500"), "fix", "--yes", "-i", server_.url()});
  EXPECT_EQ(result.exit_code, 12) << result.out << result.err;
  EXPECT_EQ(mode(), fs::perms(0555));
}

/// What a client and an operator see of the server, but for times and counters.
std::string condition_of(const RedisServer& server) {
  std::string seen = server.call({"CONFIG", "GET", "*"});
  for (const auto* field : {"rdb_last_bgsave_status", "rdb_bgsave_in_progress", "aof_enabled",
                            "aof_last_bgrewrite_status", "aof_last_write_status", "role"}) {
    seen += std::string(field) + "=" + server.info(field) + "\n";
  }
  for (const auto& file : fs::directory_iterator(server.directory())) {
    seen += file.path().filename().string() + "\n";
  }
  return seen + server.call({"SET", "written", "1"});
}

TEST_F(HookOfTheUser, AFailedProofLeavesTheServerNoWorse) {
  for (const auto* stop : {"yes", "no"}) {
    SCOPED_TRACE(std::string("stop-writes-on-bgsave-error ") + stop);
    server_.call({"CONFIG", "SET", "save", "3600 1", "stop-writes-on-bgsave-error", stop});
    const std::string before = condition_of(server_);
    EXPECT_EQ(before.find("MISCONF") != std::string::npos, std::string(stop) == "yes") << before;
    const auto result = forkmend_.run({"--policy", policy("0500"), "fix", "--yes", "--override",
                                       "cooldown", "-i", server_.url()});
    EXPECT_EQ(result.exit_code, 12) << result.out << result.err;
    EXPECT_THAT(result.out, HasSubstr("rdb_last_bgsave_status is err")) << "a save was tried";
    EXPECT_EQ(condition_of(server_), before);
  }
}

}  // namespace
}  // namespace forkmend::testing
