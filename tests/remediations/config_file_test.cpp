// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/config_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/redis/process_tree.hpp"
#include "remediations/fails_at_each_step.hpp"
#include "remediations/planning.hpp"

namespace forkmend::remediations {
namespace {

using testing::Files;
using ::testing::HasSubstr;
using testing::Planning;

constexpr const char* kPath = "/etc/redis/redis.conf";
constexpr const char* kOtherMounts = "mnt:[4026532500]";

/// A server whose redis.conf has this text; any remedy that keeps a setting will do.
Planning with_conf(const std::string& text, const std::string& mounts = "mnt:[4026531841]") {
  Planning planning("incremental-fsync", Files{{"/config/rdb-save-incremental-fsync", "yes"},
                                               {"/proc/self/ns/mnt", "-> mnt:[4026531841]"},
                                               {kPath, text}});
  redis::testing::FakeProcess process;
  process.mnt = mounts;
  process.uid = geteuid();  // whoever runs the tests owns the files
  redis::testing::add_process(*planning.tree, process);
  planning.set(testing::local_server());
  planning.set({{"redis.config_file", std::string(kPath)},
                {"redis.config.maxmemory", std::string("0")},
                {"redis.config.port", std::string("6379")},
                {"redis.config.tls-port", std::string("0")},
                {"redis.config.rdb-save-incremental-fsync", std::string("yes")}});
  planning.blame("seccomp");
  return planning;
}

std::string only_note(const Planning& planning) {
  const Proposal proposal = planning.proposal();
  EXPECT_TRUE(proposal.persist.empty());
  return proposal.notes.back();
}

TEST(ConfigFile, IsEditedByABlockAtItsEnd) {
  const Proposal proposal = with_conf("port 6379\n").proposal();
  ASSERT_EQ(proposal.persist.size(), 1U) << proposal.notes.back();
  const Step& step = proposal.persist.front();
  EXPECT_EQ(step.target.type, StepType::config_file);
  EXPECT_EQ(step.target.file, kPath);
  EXPECT_EQ(to_string(step.target), "/etc/redis/redis.conf rdb-save-incremental-fsync");
  EXPECT_EQ(step.before, std::nullopt);
  EXPECT_EQ(step.after, "no");
  EXPECT_EQ(step.shell,
            "printf '%s\\n' '# forkmend: begin rdb-save-incremental-fsync (above: nothing)' "
            "'rdb-save-incremental-fsync no' '# forkmend: end (rdb-save-incremental-fsync)' >> "
            "/etc/redis/redis.conf");
  EXPECT_EQ(step.undo_shell,
            "sed -i '/^# forkmend: begin rdb-save-incremental-fsync (above: /,/^# forkmend: end "
            "(rdb-save-incremental-fsync)$/d' /etc/redis/redis.conf");
}

TEST(ConfigFile, NeedsNoRootForAFileOfOurOwn) {
  EXPECT_FALSE(with_conf("maxmemory 0\n").proposal().persist.front().needs_root);
}

TEST(ConfigFile, IsLeftAloneWhereItSaysSoAlready) {
  const Proposal proposal = with_conf("rdb-save-incremental-fsync no\n").proposal();
  EXPECT_TRUE(proposal.persist.empty());
}

TEST(ConfigFile, SharedByASandboxedServiceIsTheHostsOwn) {
  Planning planning = with_conf("port 6379\n", kOtherMounts);
  planning.tree->write("/proc/812/root", "-> ../..");
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.persist.size(), 1U) << proposal.notes.back();
  EXPECT_EQ(proposal.persist.front().target.file, kPath);
}

TEST(ConfigFile, InAContainerIsNotEdited) {
  Planning planning = with_conf("port 6379\n", kOtherMounts);
  planning.tree->write("/proc/812/root/etc/redis/redis.conf", "port 6379\n");
  const std::string note = only_note(planning);
  EXPECT_THAT(note, HasSubstr("lies in a file system of the server's own (a container)"));
  EXPECT_THAT(note, HasSubstr("its redis.conf would want: rdb-save-incremental-fsync no"));
}

TEST(ConfigFile, MountedByItselfCannotBeReplaced) {
  Planning planning = with_conf("port 6379\n");
  planning.tree->write("/proc/self/mountinfo",
                       "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
                       "40 22 8:1 /srv/r.conf /etc/redis/redis.conf rw - ext4 /dev/sda1 rw\n");
  EXPECT_THAT(only_note(planning), HasSubstr("is a mount of its own (bind mount)"));
}

TEST(ConfigFile, OfAConfigMapIsNotEdited) {
  Planning planning = with_conf("port 6379\n");
  planning.tree->write("/cm/..2026_11_27/redis.conf", "port 6379\n");
  planning.tree->write("/cm/redis.conf", "-> ..2026_11_27/redis.conf");
  planning.set({{"redis.config_file", std::string("/cm/redis.conf")}});
  EXPECT_THAT(only_note(planning), HasSubstr("ConfigMap"));
}

TEST(ConfigFile, ManagedBySomethingElseIsNotEdited) {
  EXPECT_THAT(only_note(with_conf("# Ansible managed\nport 6379\n")),
              HasSubstr("says \"# Ansible managed\": change it where it is made"));
}

TEST(ConfigFile, AnIncludeBehindTheLineHasTheLastWord) {
  Planning planning = with_conf("rdb-save-incremental-fsync yes\ninclude extra.conf\n");
  planning.tree->write("/etc/redis/extra.conf", "rdb-save-incremental-fsync yes\n");
  EXPECT_THAT(only_note(planning), HasSubstr("/etc/redis/extra.conf, which is included, sets "
                                             "rdb-save-incremental-fsync"));
}

TEST(ConfigFile, AnIncludeBeforeTheLineHasNot) {
  Planning planning = with_conf("include extra.conf\nrdb-save-incremental-fsync yes\n");
  planning.tree->write("/etc/redis/extra.conf", "rdb-save-incremental-fsync yes\n");
  EXPECT_EQ(planning.proposal().persist.size(), 1U);
}

TEST(ConfigFile, AnIncludeThatCannotBeReadMaySetIt) {
  EXPECT_THAT(only_note(with_conf("port 6379\ninclude gone.conf\n")), HasSubstr("cannot be read"));
}

TEST(ConfigFile, ChangedBehindTheServersBackIsNotBuried) {
  Planning planning = with_conf("rdb-save-incremental-fsync no\n");
  planning.tree->write(kPath, "RDB-save-incremental-fsync maybe\n");
  EXPECT_THAT(only_note(planning),
              HasSubstr("was changed since the server started and says rdb-save-incremental-fsync "
                        "maybe, while the server runs with yes"));
  // Written before it started: then somebody used CONFIG SET, and the plan knows better.
  const auto mtime = planning.tree->root().status(kPath)->mtime;
  planning.set({{"redis.server_time_usec", (mtime + 100) * 1'000'000},
                {"redis.uptime_in_seconds", std::int64_t{50}}});
  EXPECT_EQ(planning.proposal().persist.size(), 1U);
}

TEST(ConfigFile, ThatIsMissingIsSaid) {
  Planning planning = with_conf("port 6379\n");
  planning.set({{"redis.config_file", std::string("/etc/redis/none.conf")}});
  EXPECT_THAT(only_note(planning), HasSubstr("/etc/redis/none.conf"));
  planning.hide("redis.config_file");
  EXPECT_THAT(only_note(planning), HasSubstr("redis.config_file is unreadable"));
}

TEST(ConfigFile, NoPasswordOfItReachesThePlan) {
  const Proposal proposal =
      with_conf("port 6379\nrequirepass s3cret\nmasterauth s3cret\n").proposal();
  ASSERT_EQ(proposal.persist.size(), 1U);
  const Step& step = proposal.persist.front();
  for (const std::string& text : {step.shell, step.undo_shell, step.why, *step.after}) {
    EXPECT_EQ(text.find("s3cret"), std::string::npos);
  }
}

/// Gives a path of the tree to the user that redis often has.
void give_away(const Planning& planning, const char* path) {
  ASSERT_EQ(lchown(planning.tree->root().at(path).c_str(), 999, 999), 0) << path;
}

TEST(ConfigFile, OfTheServersOwnUserIsEditedAsHis) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  Planning planning = with_conf("port 6379\n");
  redis::testing::add_process(*planning.tree, {});
  give_away(planning, "/etc/redis");
  give_away(planning, kPath);
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.persist.size(), 1U) << proposal.notes.back();
  EXPECT_EQ(proposal.persist.front().target.owner, 999);
}

TEST(ConfigFile, ALinkOfTheServersUserLeadsToNoFileOfRoots) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  Planning planning = with_conf("port 6379\n");
  redis::testing::add_process(*planning.tree, {});
  planning.tree->write("/etc/other/redis.conf", "maxmemory 0\n");
  planning.tree->write("/srv/redis/redis.conf", "-> ../../etc/other/redis.conf");
  planning.set({{"redis.config_file", std::string("/srv/redis/redis.conf")}});
  EXPECT_EQ(planning.proposal().persist.size(), 1U);  // all of it is root's
  give_away(planning, "/srv/redis/redis.conf");
  EXPECT_THAT(only_note(planning), HasSubstr("others than root may change /srv/redis/redis.conf"));
  give_away(planning, "/srv/redis");
  EXPECT_THAT(only_note(planning), HasSubstr("others than root may change /srv/redis on the way"));
}

TEST(ConfigFile, OfAThirdUserOrOpenToAGroupIsNotEdited) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  Planning planning = with_conf("port 6379\n");
  ASSERT_EQ(chmod(planning.tree->root().at(kPath).c_str(), 0664), 0);
  EXPECT_THAT(only_note(planning), HasSubstr("neither root alone nor the user of the server"));
  give_away(planning, kPath);
  EXPECT_THAT(only_note(planning), HasSubstr("neither root alone nor the user of the server"));
}

TEST(ConfigFile, WithALineThatTheServerDoesNotKnowIsNotItsFile) {
  EXPECT_THAT(only_note(with_conf("port 6379\nredis ALL=(ALL) ALL\n")),
              HasSubstr("line 2 of /etc/redis/redis.conf is nothing that the server knows"));
  EXPECT_THAT(only_note(with_conf("# nothing\nuser nobody\n")),
              HasSubstr("sets nothing that the server knows"));
}

// A server that was taken over could name the file of its neighbour.
TEST(ConfigFile, ThatNamesAnothersPortIsNotItsFile) {
  EXPECT_THAT(only_note(with_conf("port 6380\n")),
              HasSubstr("says port 6380, and the server was reached at port 6379: it may not be "
                        "its configuration"));
  EXPECT_FALSE(with_conf("port 0\ntls-port 6379\n").proposal().persist.empty());
}

TEST(ConfigFile, IsAsItWasWhereverAStepFails) {
  testing::fails_at_each_step(with_conf("port 6379\nmaxmemory 1gb"));
}

}  // namespace
}  // namespace forkmend::remediations
