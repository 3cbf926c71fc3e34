// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Temporary files in the directory of a real server: moved aside and back, by us and by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "agent/engine/await.hpp"
#include "agent/engine/changes.hpp"
#include "host/process.hpp"
#include "support/lab/forkmend_program.hpp"
#include "support/lab/redis_server.hpp"
#include "support/lab/save_dir.hpp"

namespace forkmend::testing {
namespace {

namespace fs = std::filesystem;
using remediations::StepType;

/// Above every pid_max.
constexpr const char* kName = "temp-4194305.rdb";
constexpr const char* kFolder = ".forkmend-quarantine";

void make_stale_file(const std::string& directory) {
  std::ofstream(directory + "/" + kName) << "REDIS0010";
}

TEST(Quarantine, GoesThroughTheServersOwnRoot) {
  const RedisServer server;
  make_stale_file(server.directory());
  remediations::Target target{.type = StepType::quarantine, .pid = server.pid()};
  target.name =
      "/proc/" + std::to_string(server.pid()) + "/root" + server.directory() + "/" + kName;
  target.process_start = host::read_stat(host::Root(), server.pid())->start_time;
  auto actuator = actuator_on(host::Root());
  const auto moved = await(actuator.change({target, "in-place", "quarantined"}));
  ASSERT_TRUE(moved) << moved.error().message;
  EXPECT_FALSE(fs::exists(server.directory() + "/" + kName));
  EXPECT_EQ(await(actuator.read(target)).value(), "quarantined");
  ASSERT_TRUE(await(actuator.change({target, "quarantined", "in-place"})));
  EXPECT_TRUE(fs::exists(server.directory() + "/" + kName));
  EXPECT_FALSE(fs::exists(server.directory() + "/" + kFolder));
  // Of another process with that pid nothing is touched.
  target.process_start += 1;
  EXPECT_FALSE(await(actuator.change({target, "in-place", "quarantined"})));
}

TEST(Quarantine, IsWhatThePastedLinesDo) {
  if (!ordinary_user()) GTEST_SKIP() << "a server of another user needs root";
  const SaveDir save_dir;
  const RedisServer server(save_dir.server());
  make_stale_file(save_dir.path());
  fs::permissions(save_dir.path(), fs::perms(0555));
  fail_to_write(server);
  const Forkmend forkmend;
  const std::string policy = forkmend.policy(
      "schema = 1\nmode = \"heal\"\n[[rule]]\nname = \"any\"\ntry = [\"stale-temp-files\"]\n");
  int exit_code = -1;
  const auto document =
      forkmend.json({"--policy", policy, "fix", "--dry-run", "-i", server.url()}, &exit_code);
  EXPECT_EQ(exit_code, 10) << document;
  const std::string shell = at_path(document, "instances.0.plan.steps.0.shell");
  const std::string undo = at_path(document, "instances.0.plan.steps.0.undo");
  const auto done = run_program({"/bin/sh", "-c", shell});
  EXPECT_EQ(done.exit_code, 0) << shell << "\n" << done.err;
  EXPECT_TRUE(fs::exists(save_dir.path() + "/" + kFolder + "/" + kName)) << shell;
  const auto undone = run_program({"/bin/sh", "-c", undo});
  EXPECT_EQ(undone.exit_code, 0) << undo << "\n" << undone.err;
  EXPECT_TRUE(fs::exists(save_dir.path() + "/" + kName));
  EXPECT_FALSE(fs::exists(save_dir.path() + "/" + kFolder));
}

}  // namespace
}  // namespace forkmend::testing
