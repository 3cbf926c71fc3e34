// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "engine/machine.hpp"

namespace forkmend::engine {
namespace {

constexpr std::array kEvents = {
    EventKind::start,         EventKind::applied,  EventKind::apply_failed,
    EventKind::cannot_record, EventKind::verified, EventKind::not_verified,
    EventKind::put_off,       EventKind::aborted,  EventKind::unchanged,
    EventKind::drifted,       EventKind::undone,   EventKind::undo_failed,
    EventKind::kept,          EventKind::stop};

/// Every event that an action can end in.
std::vector<EventKind> endings(ActionKind kind) {
  switch (kind) {
    case ActionKind::apply:
      return {EventKind::applied, EventKind::apply_failed, EventKind::cannot_record};
    case ActionKind::verify:
      return {EventKind::verified, EventKind::not_verified, EventKind::put_off, EventKind::aborted};
    case ActionKind::read_back:
      return {EventKind::unchanged, EventKind::drifted};
    case ActionKind::undo:
      return {EventKind::undone, EventKind::undo_failed, EventKind::kept};
    case ActionKind::finish:
      return {};
  }
  return {};
}

/// What may be in force on the host after the events so far.
struct Host {
  std::vector<std::string> in_force;  ///< "attempt 1 step 2", in the order of writing
  std::set<std::string> left;         ///< of these, those whose undo was tried and failed
  bool stopped = false;
  bool undo_failed = false;  ///< of first aid or of an attempt
};

std::string step_of(const Action& action) {
  const std::string name = to_string(action);
  return name.substr(name.find(' ') + 1);
}

/// Walks every sequence of events that can happen, one stop included, over one shape.
class Walk {
 public:
  explicit Walk(MachineShape shape) : shape_(std::move(shape)) {}

  void run() {
    IncidentMachine machine(shape_);
    const Action next = machine.on(EventKind::start, Now{});
    go(machine, next, Host{}, 0);
  }

  std::size_t ends = 0;
  std::set<HealState> results;
  std::set<MachineState> states;

 private:
  void go(const IncidentMachine& machine, const Action& next, const Host& host, int depth) {
    ASSERT_LT(depth, 60) << "the machine does not come to an end";
    states.insert(machine.state());
    ignores_what_does_not_fit(machine, next);
    if (next.kind == ActionKind::finish) return check_end(next, host, machine);
    for (const EventKind event : endings(next.kind)) {
      IncidentMachine copy = machine;
      Host after = host;
      carry_out(next, event, after);
      const Action following = copy.on(event, Now{});
      go(copy, following, after, depth + 1);
      if (::testing::Test::HasFatalFailure()) return;
    }
    if (host.stopped) return;
    IncidentMachine copy = machine;
    Host asked = host;
    asked.stopped = true;
    const Action following = copy.on(EventKind::stop, Now{});
    go(copy, following, asked, depth + 1);
  }

  static void ignores_what_does_not_fit(const IncidentMachine& machine, const Action& pending) {
    const auto fitting = endings(pending.kind);
    for (const EventKind event : kEvents) {
      if (event == EventKind::stop || std::ranges::count(fitting, event) > 0) continue;
      IncidentMachine copy = machine;
      ASSERT_EQ(copy.on(event, Now{}), pending)
          << to_string(event) << " in " << to_string(machine.state());
      ASSERT_EQ(copy.state(), machine.state());
    }
  }

  static void carry_out(const Action& action, EventKind event, Host& host) {
    if (action.kind == ActionKind::apply && event != EventKind::cannot_record) {
      host.in_force.push_back(step_of(action));
    }
    if (action.kind == ActionKind::undo) undo(action, event, host);
  }

  /// What was written later in the same group is undone already, or its undo has failed.
  static void undo(const Action& action, EventKind event, Host& host) {
    const std::string step = step_of(action);
    const std::string group = step.substr(0, step.find(" step"));
    const auto newest = std::ranges::find_if(
        host.in_force.rbegin(), host.in_force.rend(),
        [&](const std::string& one) { return one.starts_with(group) && !host.left.contains(one); });
    ASSERT_NE(newest, host.in_force.rend()) << to_string(action) << " was never applied";
    ASSERT_EQ(*newest, step);
    if (event == EventKind::undone) {
      host.in_force.erase(std::next(newest).base());
      return;
    }
    host.left.insert(step);
    if (action.group != StepGroup::persist) host.undo_failed = true;
  }

  void check_end(const Action& end, const Host& host, const IncidentMachine& machine) {
    ++ends;
    results.insert(end.result);
    if (end.result == HealState::healed || end.result == HealState::mitigated) {
      return check_healed(host, machine.attempt());
    }
    if (end.result == HealState::undo_incomplete) {
      ASSERT_TRUE(host.undo_failed || shape_.keep_on_failure);
      return;
    }
    ASSERT_FALSE(host.undo_failed);
    ASSERT_TRUE(host.in_force.empty())
        << host.in_force.front() << " stays, " << to_string(end.result);
  }

  /// The whole of the attempt that healed and nothing of another one.
  void check_healed(const Host& host, std::size_t attempt) const {
    const std::string mine = "attempt " + std::to_string(attempt + 1) + " ";
    std::size_t steps = 0;
    for (const std::string& one : host.in_force) {
      if (one.starts_with(mine)) ++steps;
      ASSERT_TRUE(one.starts_with(mine) || one.starts_with("persist") || host.undo_failed) << one;
    }
    ASSERT_EQ(steps, shape_.attempts[attempt].steps);
  }

  MachineShape shape_;
};

TEST(MachineWalk, LeavesNothingInForceUnlessHealedWhateverFailsAndWheneverItIsStopped) {
  Walk walk({.first_aid = 1,
             .attempts = {{.steps = 2, .persist = 1}, {.steps = 1, .persist = 1}},
             .persist = true});
  walk.run();
  EXPECT_GT(walk.ends, 500U);
  EXPECT_EQ(walk.results, (std::set<HealState>{HealState::healed, HealState::mitigated,
                                               HealState::not_healed, HealState::undo_incomplete,
                                               HealState::interrupted, HealState::cannot_record}));
}

TEST(MachineWalk, ReachesEveryState) {
  Walk walk({.first_aid = 2, .attempts = {{.steps = 1, .persist = 1}}, .persist = true});
  walk.run();
  EXPECT_EQ(walk.states.size(), 10U);  // all but ready
}

TEST(MachineWalk, HoldsWithoutVerification) {
  Walk walk({.first_aid = 1, .attempts = {{.steps = 2}, {}, {.steps = 1}}, .verify = false});
  walk.run();
  EXPECT_TRUE(walk.results.contains(HealState::healed));
}

TEST(MachineWalk, HoldsForMitigations) {
  Walk walk({.first_aid = 1,
             .attempts = {{.steps = 1}, {.steps = 2, .mitigates = true}},
             .persist = true});
  walk.run();
  EXPECT_TRUE(walk.results.contains(HealState::healed));
  EXPECT_TRUE(walk.results.contains(HealState::mitigated));
}

TEST(MachineWalk, HoldsWhenKeepingOnFailure) {
  Walk walk({.first_aid = 1, .attempts = {{.steps = 1}, {.steps = 2}}, .keep_on_failure = true});
  walk.run();
  EXPECT_TRUE(walk.results.contains(HealState::undo_incomplete));
}

TEST(MachineWalk, EndsAtOnceWithoutAttempts) {
  Walk walk({.first_aid = 0, .attempts = {}});
  walk.run();
  EXPECT_EQ(walk.results, std::set<HealState>{HealState::not_healed});
}

TEST(MachineWalk, StopBeforeTheStartChangesNothing) {
  IncidentMachine machine({.attempts = {{.steps = 1}}});
  const Action end = machine.on(EventKind::stop, Now{});
  EXPECT_EQ(end, (Action{.kind = ActionKind::finish, .result = HealState::interrupted}));
  EXPECT_EQ(machine.on(EventKind::start, Now{}), end);
}

TEST(MachineWalk, PrintsEveryEventAndState) {
  std::set<std::string_view> names;
  for (const EventKind event : kEvents) names.insert(to_string(event));
  EXPECT_EQ(names.size(), kEvents.size());
  EXPECT_FALSE(names.contains("?"));
}

}  // namespace
}  // namespace forkmend::engine
