// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "agent/engine/await.hpp"
#include "agent/engine/changes.hpp"
#include "engine/live_actuator.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

namespace fs = std::filesystem;
using remediations::StepType;
using testing::await;
using testing::Files;
using testing::HostTree;
using testing::StepValue;

constexpr const char* kDropIn = "/etc/systemd/system/redis.service.d/50-forkmend.conf";
constexpr const char* kSysctl = "/etc/sysctl.d/99-zz-forkmend.conf";

Result<void> change(const HostTree& tree, const std::string& path, StepValue expected,
                    StepValue value) {
  auto actuator = testing::actuator_on(tree.root());
  ChangeRequest request{.target = {}, .expected = std::move(expected), .value = std::move(value)};
  request.target.type = StepType::file;
  request.target.name = path;
  return await(actuator.change(std::move(request)));
}

TEST(OwnFile, IsMadeAndRemovedWithoutATrace) {
  const HostTree tree(Files{{"/etc/systemd/system/keep", ""}, {"/etc/passwd", ""}});
  const auto before = tree.snapshot();
  for (const char* path : {kDropIn, kSysctl, "/etc/tmpfiles.d/zz-forkmend-thp.conf",
                           "/etc/systemd/system/var-lib-swap.forkmend.swap"}) {
    const auto made = change(tree, path, std::nullopt, "[Service]\nLimitNPROC=9\n");
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(tree.read(path), "[Service]\nLimitNPROC=9\n");
    EXPECT_EQ(static_cast<unsigned>(fs::status(tree.root().at(path)).permissions()), 0644U);
    ASSERT_TRUE(change(tree, path, "[Service]\nLimitNPROC=9\n", std::nullopt));
    EXPECT_EQ(tree.snapshot(), before);
  }
}

TEST(OwnFile, IsReplacedWhole) {
  const HostTree tree(Files{{kSysctl, "vm.overcommit_memory = 1\n"}});
  const auto before = tree.snapshot();
  ASSERT_TRUE(change(tree, kSysctl, "vm.overcommit_memory = 1\n", ""));
  EXPECT_EQ(tree.read(kSysctl), "");
  ASSERT_TRUE(change(tree, kSysctl, "", "vm.overcommit_memory = 1\n"));
  EXPECT_EQ(tree.snapshot(), before);
}

TEST(OwnFile, LeavesADirectoryThatWasThereBefore) {
  const HostTree tree(Files{{"/etc/passwd", ""}});
  fs::create_directories(tree.root().at("/etc/sysctl.d"));
  ASSERT_TRUE(change(tree, kSysctl, std::nullopt, "a = 1\n"));
  ASSERT_TRUE(change(tree, kSysctl, "a = 1\n", std::nullopt));
  EXPECT_TRUE(fs::is_directory(tree.root().at("/etc/sysctl.d")));
}

TEST(OwnFile, LeavesADirectoryWithSomebodyElsesFile) {
  HostTree tree(Files{{"/etc/systemd/system/keep", ""}});
  ASSERT_TRUE(change(tree, kDropIn, std::nullopt, "x\n"));
  tree.write("/etc/systemd/system/redis.service.d/admin.conf", "theirs");
  ASSERT_TRUE(change(tree, kDropIn, "x\n", std::nullopt));
  EXPECT_EQ(tree.read("/etc/systemd/system/redis.service.d/admin.conf"), "theirs");
}

TEST(OwnFile, LiesOnlyInDropInDirectories) {
  const HostTree tree(
      Files{{"/etc/systemd/system/keep", ""}, {"/etc/sysctl.d/50-db.conf", "theirs"}});
  const auto before = tree.snapshot();
  const std::vector<std::string> wrong = {"/etc/forkmend.conf",
                                          "/etc/cron.d/forkmend.conf",
                                          "/etc/sysctl.d/50-db.conf",
                                          "/etc/sysctl.d/../cron.d/forkmend.conf",
                                          "/etc/sysctl.d/forkmend",
                                          "/etc/systemd/system/forkmend.service",
                                          "/etc/systemd/system/dev-sda2.swap",
                                          "/etc/sysctl.d/.forkmend.conf",
                                          "/etc/systemd/system/redis.service.wants/forkmend.conf",
                                          "/etc/systemd/system/a/redis.service.d/forkmend.conf",
                                          "etc/sysctl.d/forkmend.conf",
                                          "/etc/sysctl.d//forkmend.conf"};
  for (const std::string& path : wrong) {
    EXPECT_EQ(change(tree, path, std::nullopt, "x").error().code, Errc::invalid) << path;
  }
  EXPECT_EQ(tree.snapshot(), before);
}

TEST(OwnFile, FollowsNoSymbolicLink) {
  const HostTree tree(Files{{"/root/secret", "keep me"},
                            {kSysctl, "-> ../../root/secret"},
                            {"/elsewhere/keep", ""},
                            {"/etc/systemd/system/redis.service.d", "-> ../../../elsewhere"}});
  const auto before = tree.snapshot();
  EXPECT_EQ(change(tree, kSysctl, "keep me", "x").error().code, Errc::invalid);
  EXPECT_EQ(change(tree, kSysctl, std::nullopt, "x").error().code, Errc::invalid);
  EXPECT_EQ(change(tree, kDropIn, std::nullopt, "x").error().code, Errc::invalid);
  EXPECT_EQ(tree.snapshot(), before);
}

TEST(OwnFile, IsNotWrittenThroughALinkLeftForTheTemporaryFile) {
  const HostTree tree(Files{{"/root/secret", "keep me"},
                            {"/etc/sysctl.d/.99-zz-forkmend.conf.new", "-> ../../root/secret"}});
  ASSERT_TRUE(change(tree, kSysctl, std::nullopt, "a = 1\n"));
  EXPECT_EQ(tree.read("/root/secret"), "keep me");
  EXPECT_EQ(tree.read(kSysctl), "a = 1\n");
}

TEST(OwnFile, WithASecondNameIsRefused) {
  const HostTree tree(Files{{"/root/secret", "keep me"}, {"/etc/sysctl.d/keep", ""}});
  fs::create_hard_link(tree.root().at("/root/secret"), tree.root().at(kSysctl));
  EXPECT_EQ(change(tree, kSysctl, "keep me", "x").error().code, Errc::invalid);
  EXPECT_EQ(tree.read("/root/secret"), "keep me");
}

TEST(OwnFile, IsToldToTheSystemAfterEachWrite) {
  const HostTree tree(Files{{"/etc/systemd/system/keep", ""}});
  std::vector<std::string> told;
  LiveActuator actuator(tree.root(), {},
                        [&told](std::string what) -> boost::asio::awaitable<Result<void>> {
                          told.push_back(std::move(what));
                          return [](Result<void> outcome) -> boost::asio::awaitable<Result<void>> {
                            co_return outcome;
                          }(ok());
                        });
  ChangeRequest request{.target = {}, .expected = std::nullopt, .value = "x\n"};
  request.target = {.type = StepType::file, .name = kDropIn, .afterwards = "daemon-reload"};
  ASSERT_TRUE(await(actuator.change(request)));
  std::swap(request.expected, request.value);
  ASSERT_TRUE(await(actuator.change(request)));
  EXPECT_EQ(told, (std::vector<std::string>{"daemon-reload", "daemon-reload"}));
}

}  // namespace
}  // namespace forkmend::engine
