// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "remediations/fails_at_each_step.hpp"
#include "remediations/planning.hpp"

namespace forkmend::remediations {
namespace {

using ::testing::HasSubstr;
using testing::notes_of;
using testing::Planning;

/// Two files of dead children and one of a living one.
Planning littered() {
  Planning planning("stale-temp-files",
                    {{"/proc/self/mountinfo", "22 1 0:21 / /proc rw - proc proc rw\n"},
                     {"/proc/900/stat",
                      "900 (redis-server) R 812 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 "
                      "0 7 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0\n"},
                     {"/proc/900/status", "Name:\tredis-server\nPid:\t900\nPPid:\t812\n"},
                     {"/data/temp-66.rdb", "REDIS"},
                     {"/data/temp-rewriteaof-bg-67.aof", "REDIS0009"},
                     {"/data/temp-900.rdb", "REDIS"},
                     {"/data/dump.rdb", "REDIS"}});
  planning.set(testing::own_host());
  planning.set(testing::local_server());
  planning.set({{"instance.dir.host_path", std::string("/data")},
                {"instance.dir.available_bytes", std::int64_t{1} << 40},
                {"instance.dir.target_size", std::int64_t{1} << 20},
                {"instance.dir.stale_temp_files", std::int64_t{2}},
                {"instance.dir.stale_temp_bytes", std::int64_t{14}}});
  return planning;
}

TEST(StaleTempFiles, MovesThoseOfDeadChildrenAside) {
  const Planning planning = littered();
  EXPECT_EQ(planning.probe().answer, Applicability::applicable);
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.steps.size(), 2U);
  EXPECT_EQ(proposal.steps[0].target.name, "/data/temp-rewriteaof-bg-67.aof");
  const Step& step = proposal.steps[1];
  EXPECT_EQ(step.target.type, StepType::quarantine);
  EXPECT_EQ(step.target.name, "/data/temp-66.rdb");
  EXPECT_EQ(step.target.pid, 812);
  EXPECT_EQ(step.before, "in-place");
  EXPECT_EQ(step.after, "quarantined");
  EXPECT_EQ(step.risk, Risk::safe);
  EXPECT_EQ(step.shell,
            "mkdir -p -m 0700 /data/.forkmend-quarantine && mv -n /data/temp-66.rdb "
            "/data/.forkmend-quarantine/");
  EXPECT_EQ(step.undo_shell,
            "mv -n /data/.forkmend-quarantine/temp-66.rdb /data/ && rmdir "
            "--ignore-fail-on-non-empty /data/.forkmend-quarantine");
}

TEST(StaleTempFiles, SaysThatMovingFreesNoSpace) {
  const Proposal proposal = littered().proposal();
  EXPECT_THAT(proposal.predicted, HasSubstr("no space is freed by that"));
  EXPECT_THAT(notes_of(proposal), HasSubstr("rm -r /data/.forkmend-quarantine"));
}

TEST(StaleTempFiles, GivesTheLineForAPersonWhereTheNextSaveHasNoRoom) {
  Planning planning = littered();
  planning.set({{"instance.dir.available_bytes", std::int64_t{1000}}});
  const Proposal proposal = planning.proposal();
  EXPECT_TRUE(proposal.steps.empty());
  EXPECT_THAT(notes_of(proposal),
              HasSubstr("rm -- /data/temp-66.rdb /data/temp-rewriteaof-bg-67.aof"));
}

TEST(StaleTempFiles, LeavesATidyDirAlone) {
  Planning planning = littered();
  planning.set({{"instance.dir.stale_temp_files", std::int64_t{0}}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
}

TEST(StaleTempFiles, SaysUnknownWhenProcessesAreHidden) {
  Planning planning = littered();
  planning.hide("instance.dir.stale_temp_files");
  EXPECT_EQ(planning.probe().answer, Applicability::unknown);
}

TEST(StaleTempFiles, LooksAgainBeforeItPlans) {
  Planning planning = littered();
  planning.tree->write("/proc/812/fd/9", "-> /data/temp-66.rdb");
  planning.tree->write("/proc/812/status", "Name:\tredis-server\nPid:\t812\nPPid:\t1\n");
  planning.tree->write(
      "/proc/812/stat",
      "812 (redis-server) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0 0 0 0 0 "
      "0 0 0 0 0 0 0 0 0 17 0 0 0\n");
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  EXPECT_EQ(proposal.steps[0].target.name, "/data/temp-rewriteaof-bg-67.aof");
}

TEST(StaleTempFiles, LeavesAServerThatIsNotOfThisHostAlone) {
  Planning planning = littered();
  planning.set({{"instance.local", false}});
  EXPECT_THAT(planning.refusal(), HasSubstr("is not proven to be a process of this host"));
}

TEST(StaleTempFiles, LeavesTheHostAsItWasWhereverItFails) {
  testing::fails_at_each_step(littered());
}

}  // namespace
}  // namespace forkmend::remediations
