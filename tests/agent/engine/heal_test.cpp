// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/heal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/engine/await.hpp"
#include "agent/engine/changes.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

using testing::await;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HostTree;
using testing::TempDir;

constexpr const char* kMode = "/proc/sys/vm/overcommit_memory";
constexpr const char* kThreads = "/proc/sys/kernel/threads-max";

remediations::Step sysctl(const char* key, const char* before, const char* after) {
  return testing::step(remediations::StepType::sysctl, key, before, after);
}

Attempt attempt_of(const char* remedy, std::vector<remediations::Step> steps) {
  Attempt attempt;
  attempt.remedy = remedy;
  attempt.steps = std::move(steps);
  return attempt;
}

/// A host tree, a real journal, and a server that does not answer, so that nothing is ever proven.
struct HealCase {
  HostTree tree{{{kMode, "0\n"}, {kThreads, "1000\n"}}};
  TempDir state;
  std::unique_ptr<Journal> journal = Journal::open((state.path() / "state").string()).value();
  LiveActuator actuator{tree.root(), {}};
  Plan plan;
  HealOptions options;
  std::vector<std::string> lines;

  HealCase() {
    plan.instance = "unix:///nowhere.sock";
    plan.id = "p-0123456789ab";
    plan.cause = "commit-limit";
    options.verify = false;
    options.verification.timeout = std::chrono::milliseconds(0);
    options.on_event = [this](const std::string& line) { lines.push_back(line); };
  }

  HealOutcome run() { return run_by(&actuator); }

  HealOutcome run_by(Actuator* by) {
    ObservedInstance instance;
    instance.endpoint = plan.instance;
    instance.connection.endpoint.transport = redis::Transport::unix_socket;
    instance.connection.endpoint.host = (state.path() / "nowhere.sock").string();
    return await(heal(plan, instance, tree.root(), journal.get(), by, options));
  }

  [[nodiscard]] std::vector<ChangeState> recorded(const std::string& incident) const {
    std::vector<ChangeState> states;
    for (const auto& change : journal->changes(incident).value()) states.push_back(change.state);
    return states;
  }
};

TEST(Heal, AppliesAndRecordsEveryStep) {
  HealCase one;
  one.plan.attempts = {attempt_of(
      "overcommit-memory",
      {sysctl("vm.overcommit_memory", "0", "1"), sysctl("kernel.threads-max", "1000", "2000")})};
  const HealOutcome outcome = one.run();
  EXPECT_EQ(outcome.state, HealState::healed);
  EXPECT_EQ(outcome.healed_by, "overcommit-memory");
  EXPECT_EQ(one.tree.read(kMode), "1\n");
  EXPECT_THAT(one.recorded(outcome.incident),
              ElementsAre(ChangeState::applied, ChangeState::applied));
  EXPECT_EQ(one.journal->incident(outcome.incident)->state, IncidentState::healed);
  EXPECT_THAT(outcome.problems, ElementsAre("not verified, as asked: no save was triggered"));
}

TEST(Heal, UndoesAnAttemptThatBreaksInTheMiddleAndTriesTheNext) {
  HealCase one;
  one.plan.attempts = {attempt_of("first", {sysctl("kernel.threads-max", "1000", "2000"),
                                            sysctl("vm.overcommit_memory", "2",
                                                   "1")}),  // it is 0: somebody moved it
                       attempt_of("second", {sysctl("vm.overcommit_memory", "0", "1")})};
  const HealOutcome outcome = one.run();
  EXPECT_EQ(outcome.state, HealState::healed);
  EXPECT_EQ(outcome.healed_by, "second");
  EXPECT_EQ(one.tree.read(kThreads), "1000\n");
  EXPECT_EQ(one.tree.read(kMode), "1\n");
  EXPECT_THAT(one.recorded(outcome.incident),
              ElementsAre(ChangeState::undone, ChangeState::failed, ChangeState::applied));
  EXPECT_TRUE(one.journal->ledger()->empty()) << "somebody was faster, and no save was asked for";
}

/// A host that lets nothing be changed.
class RefusingActuator : public Actuator {
 public:
  boost::asio::awaitable<Result<std::optional<std::string>>> read(
      remediations::Target /*target*/) override {
    co_return std::optional<std::string>("0");
  }
  boost::asio::awaitable<Result<void>> change(ChangeRequest /*request*/) override {
    co_return Error{Errc::permission_denied, "no"};
  }
};

TEST(Heal, CountsARefusedChangeAgainstTheRemedy) {
  HealCase one;
  one.plan.attempts = {attempt_of("overcommit-memory", {sysctl("vm.overcommit_memory", "0", "1")})};
  RefusingActuator refusing;
  EXPECT_EQ(one.run_by(&refusing).state, HealState::not_healed);
  const Ledger ledger = one.journal->ledger().value();
  const LedgerEntry* entry = find_entry(ledger, "overcommit-memory", "commit-limit");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->failed, 1);
  EXPECT_EQ(entry->healed, 0);
}

TEST(Heal, LeavesTheHostAsItWasWhenNothingCouldBeProven) {
  HealCase one;
  one.options.verify = true;
  one.plan.attempts = {attempt_of("first", {sysctl("vm.overcommit_memory", "0", "1")}),
                       attempt_of("second", {sysctl("kernel.threads-max", "1000", "2000")})};
  const auto before = one.tree.snapshot();
  const HealOutcome outcome = one.run();
  EXPECT_EQ(outcome.state, HealState::not_healed);
  EXPECT_EQ(outcome.verifications.size(), 2U);
  EXPECT_FALSE(outcome.verifications.front().save_was_triggered);
  EXPECT_EQ(one.tree.snapshot(), before);
  EXPECT_THAT(one.recorded(outcome.incident),
              ElementsAre(ChangeState::undone, ChangeState::undone));
  EXPECT_EQ(one.journal->incident(outcome.incident)->state, IncidentState::not_healed);
  EXPECT_TRUE(one.journal->changes_in_force()->empty());
}

TEST(Heal, BeginsNothingMoreOnceAskedToStop) {
  HealCase one;
  int asked = 0;
  one.options.stop_requested = [&asked] { return ++asked > 1; };
  one.plan.attempts = {attempt_of("first", {sysctl("vm.overcommit_memory", "0", "1"),
                                            sysctl("kernel.threads-max", "1000", "2000")})};
  const auto before = one.tree.snapshot();
  const HealOutcome outcome = one.run();
  EXPECT_EQ(outcome.state, HealState::interrupted);
  EXPECT_EQ(one.tree.snapshot(), before);
  EXPECT_THAT(one.recorded(outcome.incident), ElementsAre(ChangeState::undone));
  EXPECT_THAT(one.lines, Contains("asked to stop: nothing more is begun"));
}

TEST(Heal, KeepsTheLastAttemptOnDemand) {
  HealCase one;
  one.options.verify = true;
  one.options.keep_on_failure = true;
  one.plan.attempts = {attempt_of("first", {sysctl("vm.overcommit_memory", "0", "1")})};
  EXPECT_EQ(one.run().state, HealState::undo_incomplete);
  EXPECT_EQ(one.tree.read(kMode), "1\n");
  EXPECT_EQ(one.journal->changes_in_force()->size(), 1U);
}

TEST(Heal, PersistsAfterHealingAndTakesFirstAidBack) {
  HealCase one;
  one.options.persist = true;
  Attempt attempt = attempt_of("first", {sysctl("vm.overcommit_memory", "0", "1")});
  attempt.persist = {sysctl("vm.overcommit_memory", "7", "1")};  // refused: it is not 7
  one.plan.attempts = {attempt};
  one.plan.first_aid = {sysctl("kernel.threads-max", "1000", "2000")};
  const HealOutcome outcome = one.run();
  EXPECT_EQ(outcome.state, HealState::healed) << "a failure to persist does not unheal";
  EXPECT_THAT(outcome.problems.front(), HasSubstr("vm.overcommit_memory"));
  EXPECT_EQ(one.tree.read(kMode), "1\n");
  EXPECT_EQ(one.tree.read(kThreads), "1000\n");
}

TEST(Heal, AMitigationEndsMitigatedWithoutASave) {
  HealCase one;
  one.options.verify = true;
  one.options.persist = true;
  Attempt bridge = attempt_of("bridge", {sysctl("vm.overcommit_memory", "0", "1")});
  bridge.mitigates = true;
  bridge.predicted = "what is at risk";
  one.plan.attempts = {bridge};
  const HealOutcome outcome = one.run();
  EXPECT_EQ(outcome.state, HealState::mitigated);
  EXPECT_EQ(outcome.healed_by, "");
  EXPECT_EQ(outcome.mitigated_by, "bridge");
  EXPECT_TRUE(outcome.verifications.empty());
  EXPECT_THAT(outcome.problems, ElementsAre("saves still fail; what is at risk"));
  EXPECT_EQ(one.tree.read(kMode), "1\n");
  EXPECT_EQ(one.journal->incident(outcome.incident)->state, IncidentState::mitigated);
}

TEST(Heal, GoesThroughSeveralStepsOfOneTargetAndBack) {
  HealCase one;
  one.plan.attempts = {attempt_of("gradual", {sysctl("kernel.threads-max", "1000", "900"),
                                              sysctl("kernel.threads-max", "900", "800")})};
  EXPECT_EQ(one.run().state, HealState::healed);
  EXPECT_EQ(one.tree.read(kThreads), "800\n");
  one.plan.attempts.front() =
      attempt_of("back", {sysctl("kernel.threads-max", "800", "700"),
                          sysctl("kernel.threads-max", "700", "600"),
                          sysctl("vm.overcommit_memory", "7", "1")});  // refused: it is not 7
  EXPECT_EQ(one.run().state, HealState::not_healed);
  EXPECT_EQ(one.tree.read(kThreads), "800\n");
}

TEST(Heal, RecordsWhoDidWhatAndTellsEachThingOnce) {
  HealCase one;
  one.options.actor = "fix by uid 0";
  one.plan.rule = "a rule";
  one.plan.attempts = {attempt_of("first", {sysctl("vm.overcommit_memory", "0", "1")})};
  const HealOutcome outcome = one.run();
  const auto incident = one.journal->incident(outcome.incident).value();
  EXPECT_EQ(incident.actor, "fix by uid 0");
  EXPECT_EQ(incident.plan, "p-0123456789ab");
  EXPECT_EQ(incident.rule, "a rule");
  EXPECT_THAT(incident.report, HasSubstr("\"healed\""));
  EXPECT_EQ(one.lines.front(), "a-remedy: setting vm.overcommit_memory from 0 to 1");
  EXPECT_EQ(one.journal->events(outcome.incident)->size(), one.lines.size());
}

std::vector<std::string> events_of(const HealCase& one, const HealOutcome& outcome) {
  std::vector<std::string> all;
  for (const auto& event : *one.journal->events(outcome.incident)) all.push_back(event.text);
  return all;
}

TEST(Heal, RecordsWhichGatesWerePassedAndByWhom) {
  HealCase one;
  one.plan.attempts = {attempt_of("thp", {sysctl("vm.overcommit_memory", "0", "1")})};
  one.options.actor = "fix by uid 0";
  one.options.passed = {"cooldown: incident i-1 ended 3 min ago"};
  const HealOutcome outcome = one.run();
  EXPECT_THAT(events_of(one, outcome),
              Contains("passed by name (fix by uid 0): cooldown: incident i-1 ended 3 min ago"));
}

TEST(Heal, RecordsWhyThePlanIsAsItIs) {
  HealCase one;
  one.plan.attempts = {attempt_of("thp", {sysctl("vm.overcommit_memory", "0", "1")})};
  one.plan.attempts.front().because = "it has its turn: overcommit-limit did not last";
  one.plan.attempts.front().notes = {"not kept over a reboot: /etc/x:1 sets it later at boot"};
  one.plan.refused = {{"overcommit-limit", "healed this 12 min ago"}};
  const auto events = events_of(one, one.run());
  EXPECT_THAT(events, Contains("planned thp: it has its turn: overcommit-limit did not last"));
  EXPECT_THAT(events, Contains("thp: not kept over a reboot: /etc/x:1 sets it later at boot"));
  EXPECT_THAT(events, Contains("refused overcommit-limit: healed this 12 min ago"));
}

TEST(Heal, NamesTheHostsIncidentInTheRecord) {
  HealCase first;
  first.plan.attempts = {attempt_of("thp", {sysctl("vm.overcommit_memory", "0", "1")})};
  first.options.host_incident = kNewHostIncident;
  const std::string id = first.run().incident;
  EXPECT_EQ(first.journal->incident(id)->host_incident, id);
  HealCase second;
  second.plan.attempts = first.plan.attempts;
  second.options.host_incident = id;
  EXPECT_EQ(second.journal->incident(second.run().incident)->host_incident, id);
}

}  // namespace
}  // namespace forkmend::engine
