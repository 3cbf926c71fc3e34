// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/redis/process_tree.hpp"
#include "remediations/fails_at_each_step.hpp"
#include "remediations/planning.hpp"

namespace forkmend::remediations {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::notes_of;
using testing::Planning;

Planning on_mode(std::int64_t mode) {
  Planning planning("overcommit-memory",
                    {{"/proc/sys/vm/overcommit_memory", std::to_string(mode) + "\n"},
                     {"/proc/sys/vm/panic_on_oom", "0\n"},
                     {"/etc/sysctl.d/10-network-security.conf", "net.ipv4.tcp_syncookies=1\n"}});
  planning.set(testing::own_host());
  planning.set(testing::local_server());
  planning.set({{"host.overcommit_memory", mode}});
  return planning;
}

TEST(OvercommitMemory, LeavesValueOneAlone) {
  const Planning planning = on_mode(1);
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
  EXPECT_EQ(planning.refusal(),
            "vm.overcommit_memory is already 1: overcommit accounting refuses no fork");
}

TEST(OvercommitMemory, SaysUnknownWhenTheModeCannotBeRead) {
  Planning planning = on_mode(0);
  planning.hide("host.overcommit_memory");
  EXPECT_EQ(planning.probe().answer, Applicability::unknown);
  EXPECT_EQ(planning.refusal(), "host.overcommit_memory is unreadable (Permission denied)");
}

TEST(OvercommitMemory, PlansOneSysctl) {
  const Planning planning = on_mode(0);
  EXPECT_EQ(planning.probe().answer, Applicability::applicable);
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  const Step& step = proposal.steps.front();
  EXPECT_EQ(step.target.type, StepType::sysctl);
  EXPECT_EQ(step.target.name, "vm.overcommit_memory");
  EXPECT_EQ(step.before, "0");
  EXPECT_EQ(step.after, "1");
  EXPECT_TRUE(step.needs_root);
  EXPECT_EQ(step.scope, Scope::host);
  EXPECT_EQ(step.risk, Risk::safe);
  EXPECT_EQ(step.shell, "sysctl -w vm.overcommit_memory=1");
  EXPECT_EQ(step.undo_shell, "sysctl -w vm.overcommit_memory=0");
}

TEST(OvercommitMemory, MakesTheForecastAdmitTheFork) {
  const Planning planning = on_mode(0);
  const auto after =
      forecast::forecast_fork(planning.facts.with(planning.proposal().steps.front().effects));
  ASSERT_NE(after.find("OC1"), nullptr);
  EXPECT_EQ(after.find("OC1")->verdict, forecast::Verdict::admitted);
}

TEST(OvercommitMemory, KeepsItInAFileThatSortsLast) {
  const Proposal proposal = on_mode(0).proposal();
  ASSERT_EQ(proposal.persist.size(), 1U);
  EXPECT_EQ(proposal.persist.front().target.type, StepType::file);
  EXPECT_EQ(proposal.persist.front().target.name, "/etc/sysctl.d/99-zz-forkmend.conf");
  EXPECT_EQ(proposal.persist.front().before, std::nullopt);
  EXPECT_THAT(*proposal.persist.front().after, EndsWith("\nvm.overcommit_memory = 1\n"));
}

TEST(OvercommitMemory, LeavesTheNextBootStrictWhereSomebodyChoseThat) {
  Planning planning = on_mode(0);
  planning.tree->write("/etc/sysctl.d/60-db.conf", "vm.overcommit_memory = 2\n");
  const Proposal proposal = planning.proposal();
  EXPECT_EQ(proposal.steps.size(), 1U);
  EXPECT_TRUE(proposal.persist.empty());
  EXPECT_EQ(notes_of(proposal),
            "not kept over a reboot: /etc/sysctl.d/60-db.conf:1 chooses strict overcommit for the "
            "next boot, which is kept");
  planning.keep_strict_overcommit = false;
  EXPECT_EQ(planning.proposal().persist.size(), 1U);
}

TEST(OvercommitMemory, KeepsADeliberateStrictMode) {
  EXPECT_EQ(
      on_mode(2).refusal(),
      "strict overcommit (vm.overcommit_memory=2) was chosen deliberately and is kept; a rule "
      "for commit-limit that names overcommit-memory, or keep_strict_overcommit = false in "
      "the policy's rails, permits leaving it");
}

TEST(OvercommitMemory, NamesPostgresqlBesideTheServer) {
  redis::testing::FakeProcess postgres;
  postgres.pid = 901;
  postgres.comm = "postgres";
  postgres.exe = "/usr/lib/postgresql/15/bin/postgres";
  Planning strict = on_mode(2);
  redis::testing::add_process(*strict.tree, postgres);
  EXPECT_THAT(strict.refusal(), HasSubstr("chosen deliberately, for which PostgreSQL (pid 901) "
                                          "asks, and is kept"));
  Planning heuristic = on_mode(0);
  redis::testing::add_process(*heuristic.tree, postgres);
  EXPECT_THAT(notes_of(heuristic.proposal()),
              HasSubstr("PostgreSQL (pid 901) runs here and asks for strict overcommit"));
}

TEST(OvercommitMemory, LeavesStrictModeWhenTheRuleSaysSo) {
  Planning planning = on_mode(2);
  planning.keep_strict_overcommit = false;
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  EXPECT_EQ(proposal.steps.front().before, "2");
  EXPECT_EQ(proposal.steps.front().undo_shell, "sysctl -w vm.overcommit_memory=2");
  EXPECT_THAT(notes_of(proposal), HasSubstr("ends strict overcommit for every program"));
}

TEST(OvercommitMemory, LeavesTheHostAloneFromInsideAContainer) {
  Planning planning = on_mode(0);
  planning.set({{"host.container", std::string("docker")}});
  EXPECT_EQ(planning.probe().answer, Applicability::not_applicable);
  EXPECT_EQ(planning.refusal(),
            "this setting belongs to the host and forkmend runs in a container (docker); on the "
            "host itself run: sysctl -w vm.overcommit_memory=1");
}

TEST(OvercommitMemory, LeavesTheHostAloneFromAUserNamespace) {
  Planning planning = on_mode(0);
  planning.set({{"host.initial_user_namespace", false}});
  EXPECT_EQ(planning.refusal(),
            "this setting belongs to the host and forkmend runs in a user namespace of its own; on "
            "the host itself run: sysctl -w vm.overcommit_memory=1");
}

TEST(OvercommitMemory, DoesNotGuessWhetherThisIsAContainer) {
  Planning planning = on_mode(0);
  planning.hide("host.container");
  EXPECT_EQ(planning.probe().answer, Applicability::unknown);
  EXPECT_THAT(planning.refusal(), HasSubstr("host.container is unreadable (Permission denied)"));
}

TEST(OvercommitMemory, DoesNotTradeAForkErrorForAnOomKill) {
  Planning planning = on_mode(0);
  planning.set({{"host.mem_available", std::int64_t{512} << 20},
                {"host.swap_free", std::int64_t{100} << 20}});
  EXPECT_EQ(planning.refusal(),
            "a save is expected to copy 1 GiB (measured at the last save) but only 612 MiB of "
            "memory and swap are left: a fork that is refused now would become an OOM kill");
}

TEST(OvercommitMemory, ExpectsHalfOfTheDataWhereNoSaveMeasuredIt) {
  Planning planning = on_mode(0);
  planning.set({{"redis.rdb_last_cow_size", std::int64_t{0}},
                {"host.mem_available", std::int64_t{1} << 30},
                {"host.swap_free", std::int64_t{0}}});
  EXPECT_THAT(
      planning.refusal(),
      HasSubstr("expected to copy 2 GiB (half of used_memory, as no save measured it yet)"));
}

TEST(OvercommitMemory, SaysThatAShortageWouldPanicTheHost) {
  Planning planning = on_mode(0);
  planning.tree->write("/proc/sys/vm/panic_on_oom", "2\n");
  planning.set({{"host.mem_available", std::int64_t{1} << 20}});
  planning.set({{"host.swap_free", std::int64_t{0}}});
  EXPECT_THAT(planning.refusal(),
              EndsWith(", and vm.panic_on_oom=2 would make that a panic of the host"));
}

TEST(OvercommitMemory, SeesAMemoryLimitOfTheServersCgroups) {
  Planning planning = on_mode(0);
  planning.set({{"instance.memory.levels", std::int64_t{1}},
                {"instance.memory.0.max", std::int64_t{5} << 30},
                {"instance.memory.0.current", std::int64_t{9} << 29},
                {"instance.memory.0.reclaimable", std::int64_t{0}},
                {"instance.memory.0.path", std::string("/sys/fs/cgroup/redis")}});
  EXPECT_THAT(planning.refusal(),
              HasSubstr("only 512 MiB are left under the memory limit of /sys/fs/cgroup/redis"));
}

TEST(OvercommitMemory, NeedsToKnowTheMemoryThatIsLeft) {
  Planning planning = on_mode(0);
  planning.hide("host.mem_available");
  EXPECT_EQ(planning.refusal(),
            "it is not known whether memory suffices for a save, as host.mem_available is "
            "unreadable (Permission denied)");
}

TEST(OvercommitMemory, NeedsAServerProvenToBeHere) {
  Planning planning = on_mode(0);
  planning.set({{"instance.local", false},
                {"instance.locality", std::string("no socket of this host listens there")}});
  EXPECT_EQ(planning.refusal(),
            "the server is not proven to be a process of this host (no socket of this host listens "
            "there)");
}

TEST(OvercommitMemory, LeavesTheHostAsItWasWhereverItFails) {
  testing::fails_at_each_step(on_mode(0));
}

}  // namespace
}  // namespace forkmend::remediations
