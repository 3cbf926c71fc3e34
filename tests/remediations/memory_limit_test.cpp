// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "remediations/container_line.hpp"
#include "remediations/fails_at_each_step.hpp"
#include "remediations/planning.hpp"

namespace forkmend::remediations {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::kGibibyte;
using testing::kRedisService;
using testing::notes_of;
using testing::Planning;

constexpr auto kVersion1 = "/sys/fs/cgroup/memory/system.slice/redis-server.service";

/// 4.5 of 5 GiB are used and a save copied 1 GiB; the slice has no limit.
Planning tight(const std::string& path = kRedisService, const testing::Files& files = {}) {
  testing::Files all = {{path + "/memory.max", "5368709120\n"}};
  if (!files.empty()) all = files;
  Planning planning("memory-limit", all);
  planning.set(testing::own_host());
  planning.set(testing::local_server());
  planning.set({{"host.swap_free", std::int64_t{0}},
                {"instance.unit", std::string("redis-server.service")},
                {"instance.memory.levels", std::int64_t{1}},
                {"instance.memory.0.path", path},
                {"instance.memory.0.max", 5 * kGibibyte},
                {"instance.memory.0.current", 9 * kGibibyte / 2},
                {"instance.memory.0.reclaimable", std::int64_t{0}}});
  return planning;
}

Planning tight_version_1() {
  const std::string path = kVersion1;
  return tight(path, {{path + "/memory.limit_in_bytes", "5368709120\n"},
                      {path + "/memory.memsw.limit_in_bytes", "5368709120\n"}});
}

TEST(MemoryLimit, GivesRoomForTheWorstThatASaveCopies) {
  const Planning planning = tight();
  EXPECT_EQ(planning.probe().answer, Applicability::applicable);
  EXPECT_NE(forecast::forecast_fork(planning.facts).cow.verdict, forecast::Verdict::admitted);
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  const Step& step = proposal.steps.front();
  EXPECT_EQ(step.target.type, StepType::cgroup_file);
  EXPECT_EQ(step.target.name, std::string(kRedisService) + "/memory.max");
  EXPECT_EQ(step.before, "5368709120");
  EXPECT_EQ(step.risk, Risk::disruptive);
  EXPECT_EQ(std::stoll(*step.after) % (16 << 20), 0);
  const auto after = forecast::forecast_fork(planning.facts.with(step.effects));
  EXPECT_EQ(after.cow.verdict, forecast::Verdict::admitted) << after.cow.says;
}

TEST(MemoryLimit, SaysWhatAnUndoOfTheDropInMayDo) {
  const Proposal proposal = tight().proposal();
  ASSERT_FALSE(proposal.persist.empty()) << notes_of(proposal);
  EXPECT_THAT(notes_of(proposal), HasSubstr("makes systemd lower the limit at once"));
}

TEST(MemoryLimit, RaisesTheSumWithSwapFirstInVersion1) {
  const Proposal proposal = tight_version_1().proposal();
  ASSERT_EQ(proposal.steps.size(), 2U);
  EXPECT_EQ(proposal.steps[0].target.name, std::string(kVersion1) + "/memory.memsw.limit_in_bytes");
  EXPECT_EQ(proposal.steps[1].target.name, std::string(kVersion1) + "/memory.limit_in_bytes");
  EXPECT_EQ(proposal.steps[0].after, proposal.steps[1].after);
}

TEST(MemoryLimit, LeavesALimitWithRoomAlone) {
  Planning planning = tight();
  planning.set({{"instance.memory.0.max", 9 * kGibibyte}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
  EXPECT_THAT(planning.refusal(), HasSubstr("enough for the"));
}

TEST(MemoryLimit, ActsOnAProvenCauseThoughThereIsRoomNow) {
  Planning planning = tight();
  planning.set({{"instance.memory.0.max", 9 * kGibibyte}});
  planning.blame("cgroup-oom");
  EXPECT_GT(std::stoll(*planning.proposal().steps.front().after), 9 * kGibibyte);
}

TEST(MemoryLimit, DoesNotApplyWithoutALimit) {
  Planning planning = tight();
  planning.set({{"instance.memory.0.max", kUnlimited}});
  EXPECT_EQ(planning.probe().answer, Applicability::not_applicable);
}

TEST(MemoryLimit, SaysUnknownWhenTheLevelCannotBeRead) {
  Planning planning = tight();
  planning.hide("instance.memory.0.current");
  EXPECT_EQ(planning.probe().answer, Applicability::unknown);
}

TEST(MemoryLimit, RaisesALevelThatBindsBesideOneThatCannotBeRead) {
  Planning planning = tight();
  planning.set({{"instance.memory.levels", std::int64_t{2}}});
  planning.hide("instance.memory.1.max");
  const Proposal proposal = planning.proposal();
  EXPECT_EQ(proposal.steps.size(), 1U);
  EXPECT_THAT(notes_of(proposal), HasSubstr("instance.memory.1.max"));
}

TEST(MemoryLimit, RefusesWhereTheHostHasNotTheMemory) {
  Planning planning = tight();
  planning.set({{"host.mem_available", std::int64_t{100} << 20}});
  EXPECT_THAT(planning.refusal(), HasSubstr("would become an OOM kill"));
}

TEST(MemoryLimit, TakesTheNamedLimitUnlessItDoesNotHelp) {
  Planning planning = tight();
  planning.parameters.set("to", 7 * kGibibyte);
  EXPECT_EQ(planning.proposal().steps.front().after, std::to_string(7 * kGibibyte));
  planning.parameters.set("to", kGibibyte);
  EXPECT_THAT(planning.refusal(), HasSubstr("a limit of 1 GiB does not help"));
}

TEST(MemoryLimit, KeepsItInADropInWithTheOomPolicyIfAsked) {
  Planning planning = tight();
  EXPECT_THAT(notes_of(planning.proposal()), HasSubstr("oom_policy = \"continue\""));
  planning.parameters.set("oom_policy", std::string("continue"));
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.persist.size(), 1U);
  EXPECT_EQ(proposal.persist.front().target.name,
            "/etc/systemd/system/redis-server.service.d/50-forkmend.conf");
  EXPECT_THAT(*proposal.persist.front().after,
              EndsWith("\n[Service]\nMemoryMax=" + *proposal.steps.front().after +
                       "\nOOMPolicy=continue\n"));
}

TEST(MemoryLimit, NamesTheLineForWhoMadeTheContainer) {
  const std::string id(64, 'a');
  const ContainerLimit limit{.docker = "--memory 9", .kubernetes = "--limits=memory=9"};
  EXPECT_THAT(*container_line("/sys/fs/cgroup/system.slice/docker-" + id + ".scope", limit),
              HasSubstr("docker update --memory 9 aaaaaaaaaaaa"));
  EXPECT_THAT(*container_line("/sys/fs/cgroup/memory/docker/" + id, limit),
              HasSubstr("docker update --memory 9 aaaaaaaaaaaa"));
  EXPECT_THAT(*container_line("/sys/fs/cgroup/machine.slice/libpod-" + id + ".scope", limit),
              HasSubstr("podman update --memory 9 aaaaaaaaaaaa"));
  EXPECT_THAT(*container_line("/sys/fs/cgroup/kubepods.slice/kubepods-pod1.slice", limit),
              HasSubstr("kubectl set resources KIND/NAME -c CONTAINER --limits=memory=9"));
  EXPECT_EQ(container_line(kRedisService, limit), std::nullopt);
}

TEST(MemoryLimit, LeavesTheHostAloneFromInsideAContainer) {
  Planning planning = tight();
  planning.set({{"host.container", std::string("docker")}});
  EXPECT_THAT(planning.refusal(), HasSubstr("docker update --memory SIZE"));
}

TEST(MemoryLimit, LeavesTheHostAsItWasWhereverItFails) {
  testing::fails_at_each_step(tight());
  testing::fails_at_each_step(tight_version_1());
}

}  // namespace
}  // namespace forkmend::remediations
