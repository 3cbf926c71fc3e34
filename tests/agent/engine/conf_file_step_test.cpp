// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>

#include "agent/engine/await.hpp"
#include "agent/engine/changes.hpp"
#include "engine/recorded_changes.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

namespace fs = std::filesystem;
using remediations::StepType;
using remediations::Target;
using testing::await;
using testing::Files;
using ::testing::HasSubstr;
using testing::HostTree;
using testing::StepValue;

constexpr const char* kPath = "/etc/redis/redis.conf";

Target line_of(const std::string& name, const std::string& path = kPath) {
  Target target;
  target.type = StepType::config_file;
  target.name = name;
  target.endpoint = "redis://127.0.0.1:6379";
  target.file = path;
  target.owner = geteuid();  // whoever runs the tests owns the files
  return target;
}

Result<void> change(const HostTree& tree, const Target& target, StepValue expected,
                    StepValue value) {
  auto actuator = testing::actuator_on(tree.root());
  ChangeRequest request{
      .target = target, .expected = std::move(expected), .value = std::move(value)};
  return await(actuator.change(std::move(request)));
}

TEST(ConfFileStep, ChangesOneParameterAndBackByteForByte) {
  const HostTree tree(Files{{kPath, "requirepass s3cret\nmaxmemory   2gb"}});
  const auto before = tree.snapshot();
  ASSERT_TRUE(change(tree, line_of("maxmemory"), "2gb", "1000"));
  EXPECT_THAT(tree.read(kPath), HasSubstr("requirepass s3cret\nmaxmemory   2gb\n# forkmend"));
  ASSERT_TRUE(change(tree, line_of("save"), std::nullopt, "900 1"));
  ASSERT_TRUE(change(tree, line_of("save"), "900 1", std::nullopt));
  ASSERT_TRUE(change(tree, line_of("maxmemory"), "1000", "2gb"));
  EXPECT_EQ(tree.snapshot(), before);
}

TEST(ConfFileStep, WorksWithoutAConnection) {
  const HostTree tree(Files{{kPath, "maxmemory 2gb\n"}});
  LiveActuator actuator(tree.root(), {});
  EXPECT_EQ(await(actuator.read(line_of("maxmemory"))).value(), "2gb");
}

TEST(ConfFileStep, KeepsModeAndAttributes) {
  const HostTree tree(Files{{kPath, "maxmemory 2gb\n"}});
  const std::string path = tree.root().at(kPath).string();
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  const bool attributes = setxattr(path.c_str(), "user.owner", "ops", 3, 0) == 0;
  ASSERT_TRUE(change(tree, line_of("maxmemory"), "2gb", "1000"));
  EXPECT_EQ(static_cast<unsigned>(fs::status(path).permissions()), 0640U);
  if (!attributes) return;  // this file system keeps none
  std::string value(3, '\0');
  EXPECT_EQ(getxattr(path.c_str(), "user.owner", value.data(), value.size()), 3);
  EXPECT_EQ(value, "ops");
}

TEST(ConfFileStep, ChangesNothingThatIsNotOnItsList) {
  const HostTree tree(Files{{kPath, "requirepass s3cret\n"}});
  for (const char* name : {"requirepass", "dir", "dbfilename", "loadmodule", "rename-command"}) {
    const auto changed = change(tree, line_of(name), std::nullopt, "x");
    ASSERT_FALSE(changed) << name;
    EXPECT_EQ(changed.error().code, Errc::invalid) << name;
  }
  EXPECT_EQ(tree.read(kPath), "requirepass s3cret\n");
}

TEST(ConfFileStep, AValueCannotBringALineOfItsOwn) {
  const HostTree tree(Files{{kPath, "port 1\n"}});
  for (const char* value : {"1\nrequirepass x", "1 # \"", "\"1\"", "1;2", "$(id)"}) {
    EXPECT_EQ(change(tree, line_of("maxmemory"), std::nullopt, value).error().code, Errc::invalid);
  }
  EXPECT_EQ(tree.read(kPath), "port 1\n");
}

TEST(ConfFileStep, FollowsNoLinkAndTouchesNothingOdd) {
  const HostTree tree({{"/secret", "maxmemory 1\n"},
                       {"/etc/redis/link.conf", "-> ../../secret"},
                       {"/etc/linked", "-> redis"},
                       {kPath, "maxmemory 1\n"}});
  fs::create_hard_link(tree.root().at("/secret"), tree.root().at("/etc/redis/hard.conf"));
  for (const char* path : {"/etc/redis/link.conf", "/etc/linked/redis.conf", "/etc/redis/hard.conf",
                           "/etc/redis/../redis/redis.conf", "/etc/redis", "redis.conf"}) {
    const auto changed = change(tree, line_of("maxmemory", path), "1", "2");
    ASSERT_FALSE(changed) << path;
    EXPECT_EQ(changed.error().code, Errc::invalid) << path;
  }
  EXPECT_EQ(tree.read("/secret"), "maxmemory 1\n");
}

void give_to(const HostTree& tree, const char* path, uid_t owner) {
  ASSERT_EQ(chown(tree.root().at(path).c_str(), owner, owner), 0) << path;
}

TEST(ConfFileStep, EditsAFileOfTheServersUserAndNoOtherOne) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  const HostTree tree(Files{{kPath, "maxmemory 1\n"}});
  Target target = line_of("maxmemory");
  target.owner = 999;
  give_to(tree, "/etc/redis", 999);
  // root's, but the server could have put it there
  EXPECT_EQ(change(tree, target, "1", "2").error().code, Errc::invalid);
  give_to(tree, kPath, 998);
  EXPECT_EQ(change(tree, target, "1", "2").error().code, Errc::invalid);
  EXPECT_EQ(tree.read(kPath), "maxmemory 1\n");
  give_to(tree, kPath, 999);
  EXPECT_TRUE(change(tree, target, "1", "2"));
  EXPECT_EQ(tree.root().status(kPath)->uid, 999U);
}

TEST(ConfFileStep, EditsAFileOfRootsOnlyWhereNobodyElseWrites) {
  if (geteuid() != 0) GTEST_SKIP() << "only root's files are root's";
  const HostTree tree(Files{{kPath, "maxmemory 1\n"}});
  const std::string directory = tree.root().at("/etc/redis").string();
  ASSERT_EQ(chmod(directory.c_str(), 0775), 0);
  const auto refused = change(tree, line_of("maxmemory"), "1", "2");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("/etc/redis/redis.conf is not the server's own"));
  ASSERT_EQ(chmod(directory.c_str(), 0755), 0);
  EXPECT_TRUE(change(tree, line_of("maxmemory"), "1", "2"));
}

TEST(ConfFileStep, TakesWhatACrashLeftAlong) {
  HostTree tree(Files{{kPath, "maxmemory 2gb\n"}, {"/state/x", ""}});
  const auto before = tree.snapshot();
  tree.write("/etc/redis/.redis.conf.forkmend", "half");
  testing::TempDir dir;
  const auto journal = testing::journal_with_incident(dir.path());
  auto change = testing::change_of(testing::step(StepType::config_file, "maxmemory", "2gb", "5"));
  change.step.target = line_of("maxmemory");
  change.id = journal->intend(change).value();
  auto actuator = testing::actuator_on(tree.root());
  const auto item = await(undo_step(journal.get(), &actuator, change));
  EXPECT_EQ(item.result, ChangeState::undone) << item.says;
  EXPECT_EQ(tree.snapshot(), before);
}

TEST(ConfFileStep, NoOtherLineReachesTheJournal) {
  const HostTree tree(Files{{kPath, "requirepass s3cret\nmaxmemory 2gb\n"}});
  testing::TempDir dir;
  {
    const auto journal = testing::journal_with_incident(dir.path());
    auto change = testing::change_of(testing::step(StepType::config_file, "maxmemory", "2gb", "5"));
    change.step.target = line_of("maxmemory");
    auto actuator = testing::actuator_on(tree.root());
    ASSERT_EQ(await(apply_step(journal.get(), &actuator, change))->state, ChangeState::applied);
  }
  for (const auto& file : fs::directory_iterator(dir.path())) {
    const auto text = host::Root(dir.path()).read("/" + file.path().filename().string());
    ASSERT_TRUE(text) << text.error().message;
    EXPECT_EQ(text->find("s3cret"), std::string::npos) << file.path();
  }
}

TEST(ServerCommand, IsOnAListAndReadsAsAbsent) {
  LiveActuator actuator(host::Root("/nowhere"), {});
  Target target;
  target.type = StepType::server_command;
  target.name = "MEMORY PURGE";
  EXPECT_EQ(await(actuator.read(target)).value(), std::nullopt);
  target.name = "FLUSHALL";
  EXPECT_EQ(await(actuator.read(target)).error().code, Errc::invalid);
}

}  // namespace
}  // namespace forkmend::engine
