// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/units.hpp"
#include "remediations/fails_at_each_step.hpp"
#include "remediations/planning.hpp"

namespace forkmend::remediations {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::kRedisService;
using testing::notes_of;
using testing::Planning;

constexpr auto kSlice = "/sys/fs/cgroup/system.slice";

/// The service's own limit of 6 is reached; its slice has no limit.
Planning at_the_limit() {
  Planning planning("tasks-limit", {{std::string(kRedisService) + "/pids.max", "6\n"},
                                    {std::string(kRedisService) + "/pids.current", "6\n"},
                                    {std::string(kSlice) + "/pids.max", "max\n"},
                                    {std::string(kSlice) + "/pids.current", "90\n"}});
  planning.set(testing::own_host());
  planning.set(testing::local_server());
  planning.set({{"instance.pids.levels", std::int64_t{2}},
                {"instance.pids.0.path", std::string(kRedisService)},
                {"instance.pids.0.current", std::int64_t{6}},
                {"instance.pids.0.max", std::int64_t{6}},
                {"instance.pids.1.path", std::string(kSlice)},
                {"instance.pids.1.current", std::int64_t{90}},
                {"instance.pids.1.max", kUnlimited}});
  return planning;
}

/// The slice's limit of 90 is reached as well.
Planning both_at_the_limit() {
  Planning planning = at_the_limit();
  planning.tree->write(std::string(kSlice) + "/pids.max", "90\n");
  planning.set({{"instance.pids.1.max", std::int64_t{90}}});
  return planning;
}

TEST(TasksLimit, RaisesTheLevelThatBinds) {
  const Planning planning = at_the_limit();
  EXPECT_EQ(planning.probe().answer, Applicability::applicable);
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  const Step& step = proposal.steps.front();
  EXPECT_EQ(step.target.type, StepType::cgroup_file);
  EXPECT_EQ(step.target.name, std::string(kRedisService) + "/pids.max");
  EXPECT_EQ(step.before, "6");
  EXPECT_EQ(step.after, "70");
  EXPECT_TRUE(step.needs_root);
  EXPECT_EQ(step.scope, Scope::cgroup);
  EXPECT_EQ(step.shell, "echo 70 > /sys/fs/cgroup/system.slice/redis-server.service/pids.max");
  EXPECT_EQ(step.undo_shell, "echo 6 > /sys/fs/cgroup/system.slice/redis-server.service/pids.max");
}

TEST(TasksLimit, RaisesEveryLevelThatBinds) {
  const Proposal proposal = both_at_the_limit().proposal();
  ASSERT_EQ(proposal.steps.size(), 2U);
  EXPECT_EQ(proposal.steps[0].after, "70");
  EXPECT_EQ(proposal.steps[1].target.name, std::string(kSlice) + "/pids.max");
  EXPECT_EQ(proposal.steps[1].after, "180");
  ASSERT_EQ(proposal.persist.size(), 2U);
  EXPECT_EQ(proposal.persist[1].target.name, "/etc/systemd/system/system.slice.d/50-forkmend.conf");
  EXPECT_THAT(*proposal.persist[1].after, EndsWith("\n[Slice]\nTasksMax=180\n"));
}

TEST(TasksLimit, MakesTheForecastAdmitTheFork) {
  const Planning planning = at_the_limit();
  EXPECT_EQ(forecast::forecast_fork(planning.facts).find("PIDS")->verdict,
            forecast::Verdict::refused);
  const auto after =
      forecast::forecast_fork(planning.facts.with(planning.proposal().steps.front().effects));
  EXPECT_EQ(after.find("PIDS")->verdict, forecast::Verdict::admitted);
}

TEST(TasksLimit, LeavesLevelsWithRoomAlone) {
  Planning planning = at_the_limit();
  planning.set({{"instance.pids.0.current", std::int64_t{5}}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
  EXPECT_EQ(planning.refusal(), "5 tasks of at most 6 in " + std::string(kRedisService));
}

TEST(TasksLimit, ActsOnAProvenCauseThoughTasksAreFewerNow) {
  Planning planning = at_the_limit();
  planning.set({{"instance.pids.0.current", std::int64_t{5}}});
  planning.blame("pids-limit");
  EXPECT_EQ(planning.proposal().steps.front().after, "69");
}

TEST(TasksLimit, LeavesCgroupsWithoutLimitAlone) {
  Planning planning = at_the_limit();
  planning.set({{"instance.pids.0.max", kUnlimited}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
  EXPECT_EQ(planning.refusal(), "no cgroup of the server limits its tasks");
}

TEST(TasksLimit, SaysUnknownWhenALevelCannotBeRead) {
  Planning planning = at_the_limit();
  planning.set({{"instance.pids.0.current", std::int64_t{2}}});
  planning.hide("instance.pids.1.max");
  EXPECT_EQ(planning.probe().answer, Applicability::unknown);
  EXPECT_EQ(planning.refusal(), "instance.pids.1.max is unreadable (Permission denied)");
}

TEST(TasksLimit, RaisesALevelThatBindsBesideOneThatCannotBeRead) {
  Planning planning = at_the_limit();
  planning.hide("instance.pids.1.max");
  const Proposal proposal = planning.proposal();
  EXPECT_EQ(proposal.steps.size(), 1U);
  EXPECT_THAT(notes_of(proposal), HasSubstr("instance.pids.1.max is unreadable"));
}

TEST(TasksLimit, DoesNotApplyWithoutThePidsController) {
  Planning planning = at_the_limit();
  planning.facts.set_missing("instance.pids.levels", FactState::not_applicable, "test",
                             "no pids controller");
  EXPECT_EQ(planning.probe().answer, Applicability::not_applicable);
}

TEST(TasksLimit, RefusesANamedLimitThatDoesNotHelp) {
  Planning planning = at_the_limit();
  planning.parameters.set("to", std::int64_t{6});
  EXPECT_EQ(planning.refusal(),
            "a limit of 6 does not help: 6 tasks of at most 6 in " + std::string(kRedisService));
}

TEST(TasksLimit, TakesTheNamedLimit) {
  Planning planning = at_the_limit();
  planning.parameters.set("to", std::int64_t{4096});
  EXPECT_EQ(planning.proposal().steps.front().after, "4096");
}

TEST(TasksLimit, LeavesTheHostAloneFromInsideAContainer) {
  Planning planning = at_the_limit();
  planning.set({{"host.container", std::string("docker")}});
  EXPECT_THAT(planning.refusal(), HasSubstr("docker update --pids-limit N CONTAINER"));
}

TEST(TasksLimit, KeepsItInADropInAndSaysWhoOwnsIt) {
  const Proposal proposal = at_the_limit().proposal();
  ASSERT_EQ(proposal.persist.size(), 1U);
  EXPECT_EQ(proposal.persist.front().target.name,
            "/etc/systemd/system/redis-server.service.d/50-forkmend.conf");
  EXPECT_EQ(proposal.persist.front().target.afterwards, "daemon-reload");
  EXPECT_THAT(*proposal.persist.front().after, EndsWith("\n[Service]\nTasksMax=70\n"));
  EXPECT_THAT(notes_of(proposal),
              HasSubstr("systemd owns redis-server.service: the direct write lasts until it "
                        "applies the unit's settings again, TasksMax= in a drop-in keeps it"));
}

TEST(TasksLimit, NamesTheKubeletWhereItOwnsTheLevel) {
  Planning planning = at_the_limit();
  planning.set(
      {{"instance.pids.0.path", std::string("/sys/fs/cgroup/kubepods.slice/kubepods-pod1.slice")}});
  const Proposal proposal = planning.proposal();
  EXPECT_TRUE(proposal.persist.empty());
  EXPECT_THAT(notes_of(proposal), HasSubstr("the kubelet owns"));
}

TEST(TasksLimit, SaysThatAContainersScopeIsTransient) {
  Planning planning = at_the_limit();
  planning.set(
      {{"instance.pids.0.path", std::string("/sys/fs/cgroup/system.slice/docker-0a1b.scope")}});
  const Proposal proposal = planning.proposal();
  EXPECT_TRUE(proposal.persist.empty());
  EXPECT_THAT(notes_of(proposal), HasSubstr("docker-0a1b.scope is a transient scope"));
}

TEST(TasksLimit, LeavesTheHostAsItWasWhereverItFails) {
  testing::fails_at_each_step(at_the_limit());
  testing::fails_at_each_step(both_at_the_limit());
}

}  // namespace
}  // namespace forkmend::remediations
