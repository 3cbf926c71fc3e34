// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace forkmend::engine {
namespace {

using ::testing::ElementsAre;

/// Plays a script: what each action's key answers, else the good answer. Returns all actions.
std::vector<std::string> play(MachineShape shape, std::map<std::string, EventKind> answers) {
  IncidentMachine machine(std::move(shape));
  std::vector<std::string> actions;
  Action next = machine.on(EventKind::start, Now{});
  for (int i = 0; i < 100; ++i) {
    const std::string name = to_string(next);
    actions.push_back(name);
    if (next.kind == ActionKind::finish) break;
    EventKind event = EventKind::undone;
    if (next.kind == ActionKind::apply) event = EventKind::applied;
    if (next.kind == ActionKind::verify) event = EventKind::verified;
    if (next.kind == ActionKind::read_back) event = EventKind::unchanged;
    const auto found = answers.find(name);
    next = machine.on(found == answers.end() ? event : found->second, Now{});
  }
  return actions;
}

MachineShape two_attempts() {
  return {.first_aid = 1, .attempts = {{.steps = 2, .persist = 1}, {.steps = 1}}, .persist = true};
}

TEST(Machine, GivesFirstAidThenAppliesVerifiesReadsBackAndPersists) {
  EXPECT_THAT(play(two_attempts(), {}),
              ElementsAre("apply first-aid step 1", "apply attempt 1 step 1",
                          "apply attempt 1 step 2", "verify attempt 1", "read back attempt 1",
                          "apply persist 1 step 1", "undo first-aid step 1", "finish healed"));
}

TEST(Machine, UndoesTheFailingStepTooThenTriesTheNextAttempt) {
  EXPECT_THAT(play(two_attempts(), {{"apply attempt 1 step 2", EventKind::apply_failed}}),
              ElementsAre("apply first-aid step 1", "apply attempt 1 step 1",
                          "apply attempt 1 step 2", "undo attempt 1 step 2",
                          "undo attempt 1 step 1", "apply attempt 2 step 1", "verify attempt 2",
                          "read back attempt 2", "undo first-aid step 1", "finish healed"));
}

TEST(Machine, UndoesEachAttemptThatIsNotVerifiedAndEndsNotHealed) {
  EXPECT_THAT(
      play({.attempts = {{.steps = 2}, {.steps = 1}}},
           {{"verify attempt 1", EventKind::not_verified},
            {"verify attempt 2", EventKind::not_verified}}),
      ElementsAre("apply attempt 1 step 1", "apply attempt 1 step 2", "verify attempt 1",
                  "undo attempt 1 step 2", "undo attempt 1 step 1", "apply attempt 2 step 1",
                  "verify attempt 2", "undo attempt 2 step 1", "finish not-healed"));
}

TEST(Machine, LeavesWhatIsNotProvenYetInForceAndTriesNoMore) {
  EXPECT_THAT(play(two_attempts(), {{"verify attempt 1", EventKind::put_off}}),
              ElementsAre("apply first-aid step 1", "apply attempt 1 step 1",
                          "apply attempt 1 step 2", "verify attempt 1", "read back attempt 1",
                          "undo first-aid step 1", "finish mitigated"))
      << "and nothing for the next boot";
}

TEST(Machine, UndoesWhatIsNotProvenYetAndNotOursAnyMore) {
  EXPECT_THAT(
      play({.attempts = {{.steps = 1}, {.steps = 1}}},
           {{"verify attempt 1", EventKind::put_off}, {"read back attempt 1", EventKind::drifted}}),
      ElementsAre("apply attempt 1 step 1", "verify attempt 1", "read back attempt 1",
                  "undo attempt 1 step 1", "finish not-healed"));
}

TEST(Machine, HasNothingInForceWhereOnlyASaveWasPutOff) {
  EXPECT_THAT(play({.attempts = {{}, {.steps = 1}}}, {{"verify attempt 1", EventKind::put_off}}),
              ElementsAre("verify attempt 1", "finish not-healed"));
}

TEST(Machine, UndoesAnAttemptWhoseProofWasEndedAndTriesNoMore) {
  EXPECT_THAT(play(two_attempts(), {{"verify attempt 1", EventKind::aborted}}),
              ElementsAre("apply first-aid step 1", "apply attempt 1 step 1",
                          "apply attempt 1 step 2", "verify attempt 1", "undo attempt 1 step 2",
                          "undo attempt 1 step 1", "undo first-aid step 1", "finish not-healed"));
}

TEST(Machine, UndoesAProvenAttemptWhoseValuesDrifted) {
  EXPECT_THAT(play({.attempts = {{.steps = 1}}}, {{"read back attempt 1", EventKind::drifted}}),
              ElementsAre("apply attempt 1 step 1", "verify attempt 1", "read back attempt 1",
                          "undo attempt 1 step 1", "finish not-healed"));
}

TEST(Machine, SavesAgainWithoutAnyStep) {
  EXPECT_THAT(play({.attempts = {{}}}, {}),
              ElementsAre("verify attempt 1", "read back attempt 1", "finish healed"));
}

TEST(Machine, HealsNothingWithNeitherStepsNorVerification) {
  EXPECT_THAT(play({.attempts = {{}}, .verify = false}, {}), ElementsAre("finish not-healed"));
}

TEST(Machine, ReadsBackWithoutVerificationWhenToldNotToVerify) {
  EXPECT_THAT(play({.attempts = {{.steps = 1}}, .verify = false}, {}),
              ElementsAre("apply attempt 1 step 1", "read back attempt 1", "finish healed"));
}

TEST(Machine, UndoesTheRestButTriesNothingMoreAfterAFailedUndo) {
  EXPECT_THAT(
      play({.attempts = {{.steps = 2}, {.steps = 1}}},
           {{"verify attempt 1", EventKind::not_verified},
            {"undo attempt 1 step 2", EventKind::undo_failed}}),
      ElementsAre("apply attempt 1 step 1", "apply attempt 1 step 2", "verify attempt 1",
                  "undo attempt 1 step 2", "undo attempt 1 step 1", "finish undo-incomplete"));
}

TEST(Machine, KeepsOnlyTheLastAttemptOnDemand) {
  EXPECT_THAT(play({.attempts = {{.steps = 1}, {.steps = 1}}, .keep_on_failure = true},
                   {{"verify attempt 1", EventKind::not_verified},
                    {"verify attempt 2", EventKind::not_verified}}),
              ElementsAre("apply attempt 1 step 1", "verify attempt 1", "undo attempt 1 step 1",
                          "apply attempt 2 step 1", "verify attempt 2", "finish undo-incomplete"));
}

TEST(Machine, StaysHealedWhenPersistenceFails) {
  EXPECT_THAT(play({.attempts = {{.steps = 1, .persist = 2}}, .persist = true},
                   {{"apply persist 1 step 1", EventKind::apply_failed}}),
              ElementsAre("apply attempt 1 step 1", "verify attempt 1", "read back attempt 1",
                          "apply persist 1 step 1", "undo persist 1 step 1",
                          "apply persist 1 step 2", "finish healed"));
}

TEST(Machine, GoesOnWhenFirstAidFails) {
  EXPECT_THAT(
      play({.first_aid = 1, .attempts = {{.steps = 1}}},
           {{"apply first-aid step 1", EventKind::apply_failed}}),
      ElementsAre("apply first-aid step 1", "undo first-aid step 1", "apply attempt 1 step 1",
                  "verify attempt 1", "read back attempt 1", "finish healed"));
}

TEST(Machine, ChangesNothingWhenTheJournalRefusesTheFirstIntent) {
  EXPECT_THAT(play({.attempts = {{.steps = 1}, {.steps = 1}}},
                   {{"apply attempt 1 step 1", EventKind::cannot_record}}),
              ElementsAre("apply attempt 1 step 1", "finish cannot-record"));
}

TEST(Machine, UndoesWhatIsAppliedWhenTheJournalRefusesALaterIntent) {
  EXPECT_THAT(play({.attempts = {{.steps = 2}, {.steps = 1}}},
                   {{"apply attempt 1 step 2", EventKind::cannot_record}}),
              ElementsAre("apply attempt 1 step 1", "apply attempt 1 step 2",
                          "undo attempt 1 step 1", "finish cannot-record"));
}

TEST(Machine, StopUndoesTheRunningAttemptOnly) {
  IncidentMachine machine({.first_aid = 1, .attempts = {{.steps = 2}, {.steps = 1}}});
  (void)machine.on(EventKind::start, Now{});
  (void)machine.on(EventKind::applied, Now{});
  EXPECT_EQ(to_string(machine.on(EventKind::applied, Now{})), "apply attempt 1 step 2");
  EXPECT_EQ(to_string(machine.on(EventKind::stop, Now{})), "undo attempt 1 step 1");
  EXPECT_EQ(to_string(machine.on(EventKind::undone, Now{})), "undo first-aid step 1");
  EXPECT_EQ(to_string(machine.on(EventKind::undone, Now{})), "finish interrupted");
}

TEST(Machine, StopUndoesEvenWhereKeepingIsWanted) {
  IncidentMachine machine({.attempts = {{.steps = 1}}, .keep_on_failure = true});
  (void)machine.on(EventKind::start, Now{});
  EXPECT_EQ(to_string(machine.on(EventKind::applied, Now{})), "verify attempt 1");
  EXPECT_EQ(to_string(machine.on(EventKind::stop, Now{})), "undo attempt 1 step 1");
}

TEST(Machine, StopAfterTheProofSkipsPersistence) {
  IncidentMachine machine({.attempts = {{.steps = 1, .persist = 1}}, .persist = true});
  (void)machine.on(EventKind::start, Now{});
  (void)machine.on(EventKind::applied, Now{});
  (void)machine.on(EventKind::verified, Now{});
  EXPECT_EQ(to_string(machine.on(EventKind::stop, Now{})), "read back attempt 1");
  EXPECT_EQ(to_string(machine.on(EventKind::unchanged, Now{})), "finish healed");
}

TEST(Machine, FirstAidThatMustStayIsNotEverythingUndone) {
  EXPECT_THAT(
      play({.first_aid = 1, .attempts = {{.steps = 1}}},
           {{"verify attempt 1", EventKind::not_verified},
            {"undo first-aid step 1", EventKind::kept}}),
      ElementsAre("apply first-aid step 1", "apply attempt 1 step 1", "verify attempt 1",
                  "undo attempt 1 step 1", "undo first-aid step 1", "finish undo-incomplete"));
}

TEST(Machine, RemembersHowLongItTook) {
  IncidentMachine machine({.attempts = {{}}});
  (void)machine.on(EventKind::start, Now{.wall = {}, .boot = std::chrono::seconds(100)});
  (void)machine.on(EventKind::verified, Now{.wall = {}, .boot = std::chrono::seconds(107)});
  (void)machine.on(EventKind::unchanged, Now{.wall = {}, .boot = std::chrono::seconds(108)});
  (void)machine.on(EventKind::unchanged, Now{.wall = {}, .boot = std::chrono::seconds(500)});
  EXPECT_EQ(machine.took(), std::chrono::seconds(8));
}

TEST(Machine, AMitigationIsNotProvenAndNotKept) {
  EXPECT_THAT(play({.first_aid = 1,
                    .attempts = {{.steps = 1}, {.steps = 1, .persist = 1, .mitigates = true}},
                    .persist = true},
                   {{"verify attempt 1", EventKind::not_verified}}),
              ElementsAre("apply first-aid step 1", "apply attempt 1 step 1", "verify attempt 1",
                          "undo attempt 1 step 1", "apply attempt 2 step 1", "read back attempt 2",
                          "undo first-aid step 1", "finish mitigated"));
}

TEST(Machine, AMitigationThatDoesNotStickIsUndone) {
  EXPECT_THAT(play({.attempts = {{.steps = 1, .mitigates = true}}},
                   {{"read back attempt 1", EventKind::drifted}}),
              ElementsAre("apply attempt 1 step 1", "read back attempt 1", "undo attempt 1 step 1",
                          "finish not-healed"));
}

}  // namespace
}  // namespace forkmend::engine
