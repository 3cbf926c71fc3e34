// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "remediations/fails_at_each_step.hpp"
#include "remediations/part.hpp"
#include "remediations/planning.hpp"

namespace forkmend::remediations {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::kGibibyte;
using ::testing::Not;
using testing::notes_of;
using testing::Planning;

/// 16 GiB of RAM, 2 GiB of swap, ratio 50: CommitLimit 10 GiB. 9 GiB are committed and the server's
/// child needs 3 GiB. Linux 5.4 shows the tested counter itself, so there is no counter error.
Planning strict() {
  Planning planning("overcommit-limit", {{"/proc/sys/vm/overcommit_memory", "2\n"},
                                         {"/proc/sys/vm/overcommit_ratio", "50\n"},
                                         {"/proc/sys/vm/overcommit_kbytes", "0\n"}});
  planning.set(testing::own_host());
  planning.set(testing::local_server());
  planning.set({{"host.kernel_release", std::string("5.4.0-150-generic")},
                {"host.overcommit_memory", std::int64_t{2}},
                {"host.overcommit_ratio", std::int64_t{50}},
                {"host.overcommit_kbytes", std::int64_t{0}},
                {"host.commit_limit", 10 * kGibibyte},
                {"host.committed_as", 9 * kGibibyte},
                {"host.hugetlb", std::int64_t{0}},
                {"host.admin_reserve_kbytes", std::int64_t{8192}},
                {"host.user_reserve_kbytes", std::int64_t{131072}},
                {"host.cpus_online", std::int64_t{2}},
                {"host.cpus_present", std::int64_t{2}},
                {"instance.accountable", 3 * kGibibyte},
                {"instance.vm_size", 4 * kGibibyte},
                {"instance.cap_sys_admin", false}});
  return planning;
}

Planning strict_by_kbytes() {
  Planning planning = strict();
  planning.tree->write("/proc/sys/vm/overcommit_ratio", "0\n");
  planning.tree->write("/proc/sys/vm/overcommit_kbytes", "8388608\n");
  planning.set({{"host.overcommit_ratio", std::int64_t{0}},
                {"host.overcommit_kbytes", std::int64_t{8388608}}});
  return planning;
}

forecast::Verdict verdict_with(const Planning& planning, std::int64_t ratio) {
  return forecast::forecast_fork(planning.facts.with({{"host.overcommit_ratio", ratio}}))
      .find("OC2")
      ->verdict;
}

TEST(OvercommitLimit, RaisesTheRatioJustEnough) {
  const Planning planning = strict();
  EXPECT_EQ(planning.probe().answer, Applicability::applicable);
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  const Step& step = proposal.steps.front();
  EXPECT_EQ(step.target.type, StepType::commit_limit);
  EXPECT_EQ(step.before, "ratio=50");
  // 12 GiB, 136 MiB of reserves, a twentieth of the child's charge and 64 MiB, less the swap.
  EXPECT_EQ(step.after, "ratio=65");
  EXPECT_EQ(step.shell, "sysctl -w vm.overcommit_ratio=65");
  EXPECT_EQ(step.undo_shell, "sysctl -w vm.overcommit_ratio=50");
  EXPECT_TRUE(step.needs_root);
}

TEST(OvercommitLimit, MakesTheForecastAdmitTheFork) {
  const Planning planning = strict();
  EXPECT_EQ(verdict_with(planning, 50), forecast::Verdict::refused);
  const auto after =
      forecast::forecast_fork(planning.facts.with(planning.proposal().steps.front().effects));
  EXPECT_EQ(after.find("OC2")->verdict, forecast::Verdict::admitted);
}

TEST(OvercommitLimit, RaisesKbytesWhereThoseAreInForce) {
  const Proposal proposal = strict_by_kbytes().proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  const Step& step = proposal.steps.front();
  EXPECT_EQ(step.before, "kbytes=8388608");
  EXPECT_THAT(*step.after, ::testing::StartsWith("kbytes=1"));
  EXPECT_THAT(step.shell, ::testing::StartsWith("sysctl -w vm.overcommit_kbytes=1"));
  EXPECT_EQ(step.undo_shell, "sysctl -w vm.overcommit_kbytes=8388608");
  const auto after = forecast::forecast_fork(strict_by_kbytes().facts.with(step.effects));
  EXPECT_EQ(after.find("OC2")->verdict, forecast::Verdict::admitted);
}

TEST(OvercommitLimit, LeavesALimitThatSufficesAlone) {
  Planning planning = strict();
  planning.set({{"host.committed_as", 2 * kGibibyte}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
  EXPECT_EQ(planning.refusal(), "the next fork fits under CommitLimit");
}

TEST(OvercommitLimit, HasNothingToDoOutsideStrictMode) {
  Planning planning = strict();
  planning.set({{"host.overcommit_memory", std::int64_t{0}}});
  EXPECT_EQ(planning.probe().answer, Applicability::not_applicable);
  EXPECT_EQ(planning.refusal(),
            "CommitLimit is enforced in strict mode only; vm.overcommit_memory is 0");
}

TEST(OvercommitLimit, SaysWhichInputItLacks) {
  Planning planning = strict();
  planning.hide("host.swap_total");
  EXPECT_EQ(planning.probe().answer, Applicability::unknown);
  EXPECT_EQ(planning.refusal(), "host.swap_total is unreadable (Permission denied)");
}

TEST(OvercommitLimit, SaysUnknownWhenTheChildsChargeIsNotKnown) {
  Planning planning = strict();
  planning.hide("instance.accountable");
  EXPECT_EQ(planning.probe().answer, Applicability::unknown);
}

TEST(OvercommitLimit, NeverPromisesMoreThanRamAndSwapByItself) {
  Planning planning = strict();
  planning.set({{"host.committed_as", 16 * kGibibyte}});
  EXPECT_THAT(planning.refusal(), HasSubstr("would promise more than RAM and swap hold (18 GiB); "
                                            "add swap or free memory, or name raise_to"));
}

TEST(OvercommitLimit, GoesAsFarAsItMayWhereAnotherRemedyFollows) {
  Planning planning = strict();
  planning.set({{"host.committed_as", 17 * kGibibyte}});
  planning.parameters = as_part(std::move(planning.parameters));
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  EXPECT_EQ(proposal.steps.front().after, "ratio=100");
  planning.set({{"host.overcommit_ratio", std::int64_t{100}}});
  EXPECT_THAT(planning.refusal(), HasSubstr("would promise more than RAM and swap hold"))
      << "nothing is left to gain";
}

TEST(OvercommitLimit, GoesBeyondRamAndSwapWhenNamed) {
  Planning planning = strict();
  planning.set({{"host.committed_as", 16 * kGibibyte}});
  planning.parameters.set("raise_to", 20 * kGibibyte);
  EXPECT_EQ(planning.proposal().steps.front().after, "ratio=113");
}

TEST(OvercommitLimit, RefusesANamedLimitThatIsNotEnough) {
  Planning planning = strict();
  planning.parameters.set("raise_to", 11 * kGibibyte);
  EXPECT_THAT(planning.refusal(),
              HasSubstr("raise_to 11 GiB is not enough: the next fork needs a CommitLimit of 12"));
}

TEST(OvercommitLimit, AddsTheHeadroomOfThePolicy) {
  Planning planning = strict();
  planning.parameters.set("headroom", 2 * kGibibyte);
  EXPECT_EQ(planning.proposal().steps.front().after, "ratio=77");
}

TEST(OvercommitLimit, ActsOnAProvenCauseThoughTheForkWouldJustFitNow) {
  Planning planning = strict();
  planning.set({{"host.committed_as", 7 * kGibibyte - (std::int64_t{200} << 20)}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
  planning.blame("commit-limit");
  EXPECT_EQ(planning.probe().answer, Applicability::applicable);
}

TEST(OvercommitLimit, DoesNotTradeAForkErrorForAnOomKill) {
  Planning planning = strict();
  planning.set(
      {{"host.mem_available", std::int64_t{1} << 20}, {"host.swap_free", std::int64_t{0}}});
  EXPECT_THAT(planning.refusal(), HasSubstr("would become an OOM kill"));
}

TEST(OvercommitLimit, GivesTheExactLineForTheHostOfAContainer) {
  Planning planning = strict();
  planning.set({{"host.container", std::string("podman")}});
  EXPECT_THAT(planning.refusal(), EndsWith("on the host itself run: sysctl -w "
                                           "vm.overcommit_ratio=65"));
}

TEST(OvercommitLimit, KeepsOnlyOneOfThePair) {
  Planning planning = strict();
  const std::string old_text =
      "# Written by forkmend after a change of the running system let a failed save succeed.\n"
      "vm.overcommit_kbytes = 1000\nvm.overcommit_memory = 2\n";
  planning.tree->write("/etc/sysctl.d/99-zz-forkmend.conf", old_text);
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.persist.size(), 1U);
  EXPECT_EQ(proposal.persist.front().before, old_text);
  EXPECT_THAT(*proposal.persist.front().after,
              EndsWith("\nvm.overcommit_memory = 2\nvm.overcommit_ratio = 65\n"));
  EXPECT_THAT(*proposal.persist.front().after, Not(HasSubstr("kbytes")));
}

TEST(OvercommitLimit, IsNotKeptWhereSomebodySetsTheOtherOfThePair) {
  Planning planning = strict();
  planning.tree->write("/etc/sysctl.d/50-db.conf", "\nvm.overcommit_kbytes = 4194304\n");
  const Proposal proposal = planning.proposal();
  EXPECT_TRUE(proposal.persist.empty());
  EXPECT_THAT(notes_of(proposal),
              HasSubstr("not kept over a reboot: /etc/sysctl.d/50-db.conf:2 sets "
                        "vm.overcommit_kbytes=4194304, and the two zero each other"));
}

TEST(OvercommitLimit, LeavesTheHostAsItWasWhereverItFails) {
  testing::fails_at_each_step(strict());
  testing::fails_at_each_step(strict_by_kbytes());
}

}  // namespace
}  // namespace forkmend::remediations
