// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace forkmend::engine {

enum class HealState {
  healed,
  mitigated,   ///< in force without a proof: a bridge, or the proof was put off until the end
  not_healed,  ///< every attempt failed its verification and was undone (or was kept on demand)
  undo_incomplete,  ///< something of ours is still there: a person is needed
  interrupted,      ///< stop file, signal or pause before the end; what was applied was undone
  cannot_record,    ///< the journal refused: nothing changed, or what was changed is undone
};
[[nodiscard]] std::string_view to_string(HealState state);

/// Where an incident stands. In each state but ready and done one action is pending.
enum class MachineState {
  ready,
  first_aid,           ///< applying first aid, step by step
  undoing_first_aid,   ///< a first-aid step failed: taking back what it may have written
  applying,            ///< the steps of the running attempt
  verifying,           ///< triggering a save and proving it
  reading_back,        ///< every changed value once more, after the proof
  undoing,             ///< the running attempt, newest step first, the failing one too
  persisting,          ///< for the next boot
  undoing_persist,     ///< a persistent step failed: taking back what it may have written
  removing_first_aid,  ///< newest first
  done,
};
[[nodiscard]] std::string_view to_string(MachineState state);

/// What the driver tells after it carried out an action.
enum class EventKind {
  start,
  applied,        ///< the step is done and read back
  apply_failed,   ///< it is not, or not for certain: it is undone too
  cannot_record,  ///< the journal refused the intent: the step was not begun
  verified,
  not_verified,
  put_off,      ///< too busy for a save all the time: what was changed stays, and is not proven yet
  aborted,      ///< the save cost too much and was ended: no further one is tried
  unchanged,    ///< every changed value is still ours
  drifted,      ///< at least one is not
  undone,       ///< the old value is back, or the value is somebody else's by now
  undo_failed,  ///< still ours
  kept,         ///< on purpose: taking it back would do harm
  stop,         ///< stop file, signal or pause; asked before each action is carried out
};
[[nodiscard]] std::string_view to_string(EventKind event);

enum class ActionKind { apply, verify, read_back, undo, finish };
enum class StepGroup { first_aid, attempt, persist };
[[nodiscard]] std::string_view to_string(StepGroup group);

/// What is to be done next. `step` indexes into the group's steps of that attempt.
struct Action {
  ActionKind kind = ActionKind::finish;
  StepGroup group = StepGroup::attempt;
  std::size_t attempt = 0;
  std::size_t step = 0;
  HealState result = HealState::not_healed;  ///< finish

  bool operator==(const Action&) const = default;
};
/// "apply attempt 1 step 2", "undo first-aid step 1", "finish healed".
[[nodiscard]] std::string to_string(const Action& action);

struct AttemptShape {
  std::size_t steps = 0;
  std::size_t persist = 0;
  bool mitigates = false;  ///< success is mitigated: no proving save, nothing for the next boot
};

/// All that the machine knows of a plan.
struct MachineShape {
  std::size_t first_aid = 0;
  std::vector<AttemptShape> attempts;
  bool verify = true;
  bool persist = false;
  bool keep_on_failure = false;  ///< the steps of the last attempt stay when it fails
};

/// The order of things in one incident: first aid; each attempt step by step, then verified, then
/// read back; on failure undone in reverse order; persistence after the proof; first aid removed at
/// the end. A proof that was put off until the end leaves its attempt in force, unproven; one that
/// was ended ends it all. Pure: no I/O, and deadlines belong to the actions, so time is only
/// remembered.
///
///     Action next = machine.on(EventKind::start, now);
///     while (next.kind != ActionKind::finish) next = machine.on(carry_out(next), now);
///
/// An event that does not fit the state changes nothing: the pending action is given again.
class IncidentMachine {
 public:
  explicit IncidentMachine(MachineShape shape);

  [[nodiscard]] Action on(EventKind event, Now now);

  [[nodiscard]] MachineState state() const { return state_; }
  [[nodiscard]] bool stopped() const { return stopped_; }
  /// The attempt that is running, or ran last.
  [[nodiscard]] std::size_t attempt() const { return attempt_; }
  /// Boot time from the start to the last event.
  [[nodiscard]] std::chrono::nanoseconds took() const { return last_ - started_; }

 private:
  void take(EventKind event);
  void stop();
  void on_first_aid(EventKind event);
  void on_undoing_first_aid(EventKind event);
  void on_applying(EventKind event);
  void on_verifying(EventKind event);
  void on_reading_back(EventKind event);
  void on_undoing(EventKind event);
  void on_persisting(EventKind event);
  void on_undoing_persist(EventKind event);
  void on_removing_first_aid(EventKind event);

  void next_first_aid();
  void begin_attempt(std::size_t attempt);
  void after_steps();
  void fail_attempt(std::size_t steps_to_undo);
  void after_undo();
  void next_persist();
  void remove_first_aid();
  void refuse_record();
  void note_undo(EventKind event);

  [[nodiscard]] Action pending() const;
  [[nodiscard]] HealState result() const;
  [[nodiscard]] const AttemptShape& shape_now() const { return shape_.attempts[attempt_]; }

  MachineShape shape_;
  MachineState state_ = MachineState::ready;
  std::size_t attempt_ = 0;
  std::size_t step_ = 0;          ///< the step of the pending action
  std::vector<std::size_t> aid_;  ///< first-aid steps in force
  bool healed_ = false;
  bool mitigated_ = false;
  bool put_off_ = false;
  bool give_up_ = false;  ///< no further attempt
  bool incomplete_ = false;
  bool cannot_record_ = false;
  bool stopped_ = false;
  std::chrono::nanoseconds started_{0};
  std::chrono::nanoseconds last_{0};
};

}  // namespace forkmend::engine
