// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Bundles on disk: what is read of one, what is refused, and what is written.
#include "engine/bundle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "engine/bundle_file.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

namespace fs = std::filesystem;

using ::testing::HasSubstr;
using testing::HostTree;
using testing::TempDir;
using testing::write_tree;

std::map<std::string, std::string> good() {
  return {{"/bundle.toml",
           "schema = 1\ncaptured_at = \"2026-11-25T03:10:00Z\"\nboot = 100000\n"
           "forkmend = \"0.1.0\"\nkernel = \"6.1.0\"\n[[instance]]\nname = \"redis\"\n"
           "endpoint = \"redis://127.0.0.1:6379\"\nlocal = true\npid = 812\n"
           "observed_at = \"2026-11-25T03:10:00Z\"\nboot = 100000\n"},
          {"/host/proc/sys/vm/overcommit_memory", "2\n"},
          {"/instances/redis/info",
           "redis_version:7.0.15\r\nprocess_id:812\r\nrdb_last_bgsave_status:err\r\n"}};
}

Result<Bundle> read(const std::map<std::string, std::string>& files) {
  const HostTree tree{files};
  return read_bundle(tree.path());
}

std::string error_of(const std::map<std::string, std::string>& files) {
  const auto bundle = read(files);
  return bundle ? "" : bundle.error().message;
}

TEST(Bundle, AnswersWithItsOwnClock) {
  const auto bundle = read(good());
  ASSERT_TRUE(bundle) << bundle.error().message;
  const ObservedInstance& instance = *bundle->targets.at(0).instance;
  EXPECT_TRUE(instance.diagnosis.failing);
  EXPECT_EQ(instance.observation.now.wall, bundle->description.captured_at);
  EXPECT_EQ(instance.observation.now.boot, std::chrono::seconds(100'000));
  EXPECT_TRUE(instance.locality.local);
  EXPECT_EQ(instance.observation.facts.integer("host.overcommit_memory"), 2);
}

TEST(Bundle, KnowsNothingOfWhatItLacks) {
  const auto bundle = read(good());
  ASSERT_TRUE(bundle);
  const FactSet& facts = bundle->targets.at(0).instance->observation.facts;
  for (const char* name : {"host.mem_total", "host.kernel_log", "instance.log_file",
                           "redis.config.save", "redis.config.replica-ignore-disk-write-errors"}) {
    ASSERT_NE(facts.find(name), nullptr) << name;
    EXPECT_EQ(facts.find(name)->state, FactState::unknown) << name;
  }
}

TEST(Bundle, AWholeConfigTellsWhatTheServerLacks) {
  auto files = good();
  files["/bundle.toml"] += "config = \"whole\"\n";
  files["/instances/redis/config"] = "save 3600 1\n";
  const auto bundle = read(files);
  ASSERT_TRUE(bundle);
  const FactSet& facts = bundle->targets.at(0).instance->observation.facts;
  EXPECT_EQ(facts.text("redis.config.save"), "3600 1");
  EXPECT_EQ(facts.find("redis.config.disable-thp")->state, FactState::not_applicable);
}

TEST(Bundle, SaysNothingOfTheHostForARemoteServer) {
  auto files = good();
  std::string& toml = files["/bundle.toml"];
  toml.replace(toml.find("local = true"), 12, "local = false");
  const auto bundle = read(files);
  ASSERT_TRUE(bundle);
  EXPECT_EQ(bundle->targets.at(0).instance->observation.facts.find("host.overcommit_memory"),
            nullptr);
}

TEST(Bundle, PlacesTheKernelLogByTheCapturedClock) {
  auto files = good();
  files["/kmsg"] = "[  352.094612]  two blanks before this\n";
  const auto bundle = read(files);
  ASSERT_TRUE(bundle);
  const auto& kernel = bundle->targets.at(0).instance->observation.kernel;
  ASSERT_EQ(kernel.size(), 1U);
  EXPECT_EQ(kernel[0].at, std::chrono::microseconds(352'094'612));
  EXPECT_EQ(kernel[0].text, " two blanks before this");
}

TEST(Bundle, ReadsALogOfWhicheverKeeper) {
  auto files = good();
  files["/bundle.toml"] +=
      "log_file = \"journald identifier redis\"\nlog_changed_at = 1795576200\n";
  files["/instances/redis/log"] =
      "812:M 2026-11-25T03:09:59.250+00:00 # Can't save in background: fork: Cannot allocate "
      "memory\n";
  const auto bundle = read(files);
  ASSERT_TRUE(bundle) << bundle.error().message;
  const ObservedInstance& instance = *bundle->targets.at(0).instance;
  EXPECT_EQ(instance.observation.facts.text("instance.log_file"), "journald identifier redis");
  EXPECT_EQ(instance.log.text, files["/instances/redis/log"]);
  ASSERT_EQ(instance.observation.log.size(), 1U);
  EXPECT_EQ(instance.observation.log[0].at,
            bundle->description.captured_at - std::chrono::milliseconds(750));
}

TEST(Bundle, NamesTheMissingPart) {
  auto files = good();
  files.erase("/instances/redis/info");
  EXPECT_THAT(error_of(files), HasSubstr("instances/redis/info"));
  files = good();
  files.erase("/bundle.toml");
  EXPECT_THAT(error_of(files), HasSubstr("bundle.toml"));
  files = good();
  files.erase("/host/proc/sys/vm/overcommit_memory");
  EXPECT_THAT(error_of(files), HasSubstr("host: No such file or directory; expected a directory"));
  files = good();
  files["/instances/redis/info"] = "nothing of the kind";
  EXPECT_THAT(error_of(files), HasSubstr("instances/redis/info"));
}

TEST(Bundle, FollowsNoLinkOfItsOwnParts) {
  const HostTree outside{{{"/info", "redis_version:7.0.15\n"}, {"/bundle.toml", "schema = 1\n"}}};
  auto files = good();
  files["/instances/redis/info"] = "-> " + (outside.path() / "info").string();
  EXPECT_THAT(error_of(files), HasSubstr("expected a regular file, not a link"));
  files = good();
  files["/bundle.toml"] = "-> " + (outside.path() / "bundle.toml").string();
  EXPECT_THAT(error_of(files), HasSubstr("expected a regular file, not a link"));
  files = good();
  files.erase("/host/proc/sys/vm/overcommit_memory");
  files["/host"] = "-> /";
  EXPECT_THAT(error_of(files), HasSubstr("expected a directory, not a link"));
}

TEST(Bundle, RefusesPartsOfAbsurdSize) {
  auto files = good();
  files["/kmsg"] = "";
  const HostTree tree{files};
  fs::resize_file(tree.path() / "kmsg", std::uintmax_t{1} << 30U);
  const auto bundle = read_bundle(tree.path());
  ASSERT_FALSE(bundle);
  EXPECT_EQ(bundle.error().code, Errc::too_large);
  EXPECT_THAT(bundle.error().message, HasSubstr("kmsg: too large; expected at most"));
}

TEST(Bundle, RefusesAPipeInAPartsPlace) {
  auto files = good();
  files.erase("/instances/redis/info");
  const HostTree tree{files};
  fs::create_directories(tree.path() / "instances/redis");
  ASSERT_EQ(mkfifo((tree.path() / "instances/redis/info").c_str(), 0600), 0);
  const auto bundle = read_bundle(tree.path());
  ASSERT_FALSE(bundle);
  EXPECT_THAT(bundle.error().message, HasSubstr("not a regular file"));
}

TEST(BundleWriter, MakesPrivateFiles) {
  const TempDir dir;
  auto writer = BundleWriter::create(dir.path() / "b");
  ASSERT_TRUE(writer) << writer.error().message;
  ASSERT_TRUE(writer->file("host/proc/meminfo", "x"));
  ASSERT_TRUE(writer->link("host/proc/812/exe", "/usr/bin/redis-server"));
  writer->keep();
  struct stat status{};
  ASSERT_EQ(stat((dir.path() / "b").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0700U);
  ASSERT_EQ(stat((dir.path() / "b/host/proc/meminfo").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST(BundleWriter, WantsANewOrEmptyDirectory) {
  const TempDir dir;
  write_tree(dir.path(), {{"/full/file", "keep me"}, {"/link", "-> full"}});
  fs::create_directory(dir.path() / "empty");
  const auto full = BundleWriter::create(dir.path() / "full");
  ASSERT_FALSE(full);
  EXPECT_THAT(full.error().message, HasSubstr("not empty; expected a new or empty directory"));
  EXPECT_TRUE(fs::exists(dir.path() / "full/file"));
  EXPECT_FALSE(BundleWriter::create(dir.path() / "link"));
  EXPECT_FALSE(BundleWriter::create(dir.path() / "missing/b"));
  EXPECT_TRUE(BundleWriter::create(dir.path() / "empty"));
}

TEST(BundleWriter, LeavesNothingAfterAnError) {
  const TempDir dir;
  fs::create_directory(dir.path() / "empty");
  for (const char* name : {"new", "empty"}) {
    auto writer = BundleWriter::create(dir.path() / name);
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->file("host/a", "x"));
    EXPECT_FALSE(writer->file("host/a/b", "a file is in the way"));
  }
  EXPECT_FALSE(fs::exists(dir.path() / "new"));
  EXPECT_TRUE(fs::is_empty(dir.path() / "empty"));
}

TEST(BundleWriter, WritesThroughNoLink) {
  const TempDir dir;
  const HostTree outside{{{"/victim", "untouched"}}};
  auto writer = BundleWriter::create(dir.path() / "b");
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->link("host/d", outside.path().string()));
  ASSERT_TRUE(writer->link("host/f", (outside.path() / "victim").string()));
  EXPECT_FALSE(writer->file("host/d/new", "x"));
  EXPECT_FALSE(writer->file("host/f", "x"));
  EXPECT_EQ(outside.read("/victim"), "untouched");
  EXPECT_FALSE(fs::exists(outside.path() / "new"));
}

}  // namespace
}  // namespace forkmend::engine
