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
using testing::notes_of;
using testing::Planning;

Planning nproc_at_the_limit() {
  Planning planning(
      "nproc-limit",
      {{"/proc/812/limits",
        "Limit                     Soft Limit           Hard Limit           Units     \n"
        "Max processes             5                    4096                 processes \n"
        "Max open files            10032                10032                files     \n"}});
  planning.set(testing::own_host());
  planning.set(testing::local_server());
  planning.set({{"instance.nproc_exempt", false},
                {"instance.nproc_soft", std::int64_t{5}},
                {"instance.nproc_hard", std::int64_t{4096}},
                {"instance.uid_tasks", std::int64_t{5}},
                {"instance.unit", std::string("redis-server.service")}});
  return planning;
}

TEST(NprocLimit, RaisesTheSoftLimitWithoutPrivilege) {
  const Planning planning = nproc_at_the_limit();
  EXPECT_EQ(planning.probe().answer, Applicability::applicable);
  EXPECT_EQ(planning.probe().because, "5 tasks of the server's uid, soft limit 5");
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  const Step& step = proposal.steps.front();
  EXPECT_EQ(step.target.type, StepType::rlimit);
  EXPECT_EQ(step.target.name, "nproc");
  EXPECT_EQ(step.target.pid, 812);
  EXPECT_EQ(step.target.process_start, 4711U);
  EXPECT_EQ(step.before, "5:4096");
  EXPECT_EQ(step.after, "128:4096");
  EXPECT_FALSE(step.needs_root);
  EXPECT_EQ(step.scope, Scope::process);
  EXPECT_EQ(step.shell, "prlimit --pid 812 --nproc=128:4096");
  EXPECT_EQ(step.undo_shell, "prlimit --pid 812 --nproc=5:4096");
}

TEST(NprocLimit, DoublesWhatALargerServiceUses) {
  Planning planning = nproc_at_the_limit();
  planning.set(
      {{"instance.nproc_soft", std::int64_t{1000}}, {"instance.uid_tasks", std::int64_t{1000}}});
  EXPECT_EQ(planning.proposal().steps.front().after, "2048:4096");
}

TEST(NprocLimit, NeedsRootBeyondTheHardLimit) {
  Planning planning = nproc_at_the_limit();
  planning.set({{"instance.nproc_hard", std::int64_t{6}}});
  const Step step = planning.proposal().steps.front();
  EXPECT_EQ(step.after, "128:128");
  EXPECT_TRUE(step.needs_root);
  EXPECT_EQ(step.undo_shell, "prlimit --pid 812 --nproc=5:6");
}

TEST(NprocLimit, KeepsAnUnlimitedHardLimit) {
  Planning planning = nproc_at_the_limit();
  planning.set({{"instance.nproc_hard", kUnlimited}});
  const Proposal proposal = planning.proposal();
  EXPECT_EQ(proposal.steps.front().after, "128:unlimited");
  ASSERT_EQ(proposal.persist.size(), 1U);
  EXPECT_THAT(*proposal.persist.front().after, EndsWith("\n[Service]\nLimitNPROC=128:infinity\n"));
}

TEST(NprocLimit, MakesTheForecastAdmitTheFork) {
  const Planning planning = nproc_at_the_limit();
  EXPECT_EQ(forecast::forecast_fork(planning.facts).find("NPROC")->verdict,
            forecast::Verdict::refused);
  const auto after =
      forecast::forecast_fork(planning.facts.with(planning.proposal().steps.front().effects));
  EXPECT_EQ(after.find("NPROC")->verdict, forecast::Verdict::admitted);
}

TEST(NprocLimit, LeavesALimitWithRoomAlone) {
  Planning planning = nproc_at_the_limit();
  planning.set({{"instance.uid_tasks", std::int64_t{4}}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
  EXPECT_EQ(planning.refusal(), "4 tasks of the server's uid, soft limit 5");
}

TEST(NprocLimit, ActsOnAProvenCauseThoughTasksAreFewerNow) {
  Planning planning = nproc_at_the_limit();
  planning.set({{"instance.uid_tasks", std::int64_t{4}}});
  planning.blame("nproc-limit");
  EXPECT_EQ(planning.proposal().steps.front().after, "128:4096");
}

TEST(NprocLimit, DoesNotApplyToAnExemptServer) {
  Planning planning = nproc_at_the_limit();
  planning.set({{"instance.nproc_exempt", true}});
  EXPECT_EQ(planning.probe().answer, Applicability::not_applicable);
}

TEST(NprocLimit, LeavesAnUnlimitedServerAlone) {
  Planning planning = nproc_at_the_limit();
  planning.set({{"instance.nproc_soft", kUnlimited}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
}

TEST(NprocLimit, SaysUnknownUnderHidepid) {
  Planning planning = nproc_at_the_limit();
  planning.hide("instance.uid_tasks");
  EXPECT_EQ(planning.probe().answer, Applicability::unknown);
  EXPECT_EQ(planning.refusal(), "instance.uid_tasks is unreadable (Permission denied)");
}

TEST(NprocLimit, TakesANamedLimitUnderHidepid) {
  Planning planning = nproc_at_the_limit();
  planning.hide("instance.uid_tasks");
  planning.parameters.set("to", std::int64_t{300});
  EXPECT_EQ(planning.proposal().steps.front().after, "300:4096");
}

TEST(NprocLimit, RefusesANamedLimitThatDoesNotHelp) {
  Planning planning = nproc_at_the_limit();
  planning.parameters.set("to", std::int64_t{5});
  EXPECT_EQ(planning.refusal(), "a soft limit of 5 does not help: it is 5 now with 5 tasks in use");
}

TEST(NprocLimit, NeedsTheStartTimeAgainstPidReuse) {
  Planning planning = nproc_at_the_limit();
  planning.hide("instance.start_time");
  EXPECT_EQ(planning.refusal(), "instance.start_time is unreadable (Permission denied)");
}

TEST(NprocLimit, NeedsAServerProvenToBeHere) {
  Planning planning = nproc_at_the_limit();
  planning.hide("instance.local");
  EXPECT_EQ(planning.refusal(), "the server is not proven to be a process of this host");
}

TEST(NprocLimit, KeepsItInADropInOfTheUnit) {
  const Proposal proposal = nproc_at_the_limit().proposal();
  ASSERT_EQ(proposal.persist.size(), 1U);
  const Step& step = proposal.persist.front();
  EXPECT_EQ(step.target.name, "/etc/systemd/system/redis-server.service.d/50-forkmend.conf");
  EXPECT_EQ(step.target.afterwards, "daemon-reload");
  EXPECT_THAT(*step.after, EndsWith("\n[Service]\nLimitNPROC=128:4096\n"));
}

TEST(NprocLimit, IsNotKeptForAServiceOfAUsersOwnSystemd) {
  Planning planning = nproc_at_the_limit();
  planning.set(
      {{"instance.cgroup",
        std::string("/user.slice/user-1000.slice/user@1000.service/app.slice/redis.service")}});
  const Proposal proposal = planning.proposal();
  EXPECT_TRUE(proposal.persist.empty());
  EXPECT_THAT(notes_of(proposal), HasSubstr("belongs to a user's own systemd"));
}

TEST(NprocLimit, SaysWhyItCannotBeKeptWithoutSystemd) {
  Planning planning = nproc_at_the_limit();
  planning.set({{"host.systemd", false}});
  const Proposal proposal = planning.proposal();
  EXPECT_TRUE(proposal.persist.empty());
  EXPECT_THAT(notes_of(proposal), HasSubstr("not kept over a reboot: systemd does not run here"));
}

TEST(NprocLimit, LeavesTheHostAsItWasWhereverItFails) {
  testing::fails_at_each_step(nproc_at_the_limit());
}

}  // namespace
}  // namespace forkmend::remediations
