// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "engine/first_aid.hpp"
#include "engine/heal_run.hpp"
#include "engine/memory_returned.hpp"
#include "engine/recorded_changes.hpp"
#include "engine/server_session.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

std::string value_of(const std::optional<std::string>& value) {
  return value ? printable(*value, 80) : "absent";
}

std::string change_of(const remediations::Step& step) {
  const std::string name = printable(to_string(step.target));
  if (remediations::is_momentary(step.target.type)) return "doing " + name;
  if (step.target.type == remediations::StepType::file) {
    return (step.before ? "changing " : "making ") + name;
  }
  return "setting " + name + " from " + value_of(step.before) + " to " + value_of(step.after);
}

/// Whether a later step of the same run has set the target anew: gradual changes take several.
bool is_overwritten(const std::vector<ChangeRecord>& changes, std::size_t index) {
  const remediations::Target& target = changes.at(index).step.target;
  return std::any_of(changes.begin() + static_cast<std::ptrdiff_t>(index) + 1, changes.end(),
                     [&](const ChangeRecord& later) {
                       return later.state == ChangeState::applied && later.step.target == target;
                     });
}

EventKind event_of(const Verification& verification) {
  if (verification.proven) return EventKind::verified;
  if (verification.put_off) return EventKind::put_off;
  return verification.aborted ? EventKind::aborted : EventKind::not_verified;
}

/// What it was expected to cost, and did.
bool is_cost(const Proof& proof) {
  return proof.holds && (proof.id == "load" || proof.id == "watched");
}

/// A save was tried and the server says that it failed: this speaks against the remedy. One that
/// nobody could try, that did not end in time or was ended by us says nothing.
bool save_failed(const Verification& verification) {
  return verification.save_was_triggered && !verification.aborted &&
         std::ranges::any_of(verification.proofs, [](const Proof& proof) {
           return !proof.holds && (proof.id == "triggered" || proof.id == "status");
         });
}

/// The proof that failed, for the line that a person sees first.
std::string first_doubt(const Verification& verification) {
  for (const Proof& proof : verification.proofs) {
    if (!proof.holds) return proof.id + ": " + proof.says;
  }
  return "nothing was proven";
}

}  // namespace

asio::awaitable<EventKind> HealRun::carry_out(Action action) {
  const StepKey key{action.group, action.attempt, action.step};
  switch (action.kind) {
    case ActionKind::apply:
      return apply(key);
    case ActionKind::verify:
      return verify(action.attempt);
    case ActionKind::read_back:
      return read_back(action.attempt);
    case ActionKind::undo:
    case ActionKind::finish:
      break;
  }
  return undo(key);
}

asio::awaitable<EventKind> HealRun::apply(StepKey key) {
  const remediations::Step& step = step_at(key);
  tell(step.remedy + ": " + change_of(step));
  ChangeRecord change{.id = 0,
                      .incident = outcome_.incident,
                      .plan = plan_.id,
                      .attempt = static_cast<int>(key.attempt) + 1,
                      .step = step,
                      .state = ChangeState::intended,
                      .at = read_clock().wall,
                      .comment = {}};
  if (key.group == StepGroup::first_aid) change.attempt = 0;
  auto done = co_await apply_step(journal_, actuator_, std::move(change));
  if (!done) {
    problem("the journal refused: " + done.error().message);
    co_return EventKind::cannot_record;
  }
  const bool applied = done->state == ChangeState::applied;
  if (!applied) {
    problem(step.remedy + ": " + to_string(step.target) + ": " + done->comment);
    // Where somebody else was faster the remedy was not tried.
    const auto live = co_await actuator_->read(step.target);
    const bool refused = live && *live == step.before;
    if (refused && key.group == StepGroup::attempt) count(key.attempt, RemedyOutcome::failed);
  }
  recorded_[key] = outcome_.changes.size();
  outcome_.changes.push_back(std::move(*done));
  co_return applied ? EventKind::applied : EventKind::apply_failed;
}

asio::awaitable<EventKind> HealRun::verify(std::size_t attempt) {
  const std::string& remedy = plan_.attempts.at(attempt).remedy;
  tell(remedy + ": proving it with a save");
  VerifyOptions options = options_.verification;
  options.stop_requested = [this] { return stop_requested(); };
  options.on_event = [this, remedy](const std::string& line) { tell(remedy + ": " + line); };
  options.end_child = [this, attempt](remediations::Step step) {
    return end_child(attempt, std::move(step));
  };
  auto verification = co_await verify_save(root_, instance_, std::move(options));
  const EventKind event = event_of(verification);
  const std::string verdict =
      remedy +
      (verification.proven ? ": the save is proven" : ": not proven: " + first_doubt(verification));
  if (verification.aborted) {
    problem(verdict);
  } else {
    tell(verdict);
  }
  for (const Proof& proof : verification.proofs) {
    if (is_cost(proof)) record(remedy + ": " + proof.id + ": " + proof.says);
  }
  if (save_failed(verification)) count(attempt, RemedyOutcome::failed);
  if (frees_memory(plan_.attempts.at(attempt))) co_await tell_memory();
  outcome_.verifications.push_back(std::move(verification));
  co_return event;
}

/// Like any other change: recorded first, and through the one door.
asio::awaitable<Result<void>> HealRun::end_child(std::size_t attempt, remediations::Step step) {
  tell(step.remedy + ": " + change_of(step));
  ChangeRecord change{.id = 0,
                      .incident = outcome_.incident,
                      .plan = plan_.id,
                      .attempt = static_cast<int>(attempt) + 1,
                      .step = std::move(step),
                      .state = ChangeState::intended,
                      .at = read_clock().wall,
                      .comment = {}};
  auto done = co_await apply_step(journal_, actuator_, std::move(change));
  if (!done) co_return done.error();
  const bool applied = done->state == ChangeState::applied;
  const std::string comment = done->comment;
  outcome_.changes.push_back(std::move(*done));
  if (!applied) co_return Error{Errc::io, comment};
  co_return ok();
}

/// Whether the host has got back what keys no longer hold. A server that does not answer is told by
/// the verification.
asio::awaitable<void> HealRun::tell_memory() {
  auto opened = co_await redis::Connection::connect(instance_.connection);
  if (!opened) co_return;
  const auto info = co_await read_info(opened->get());
  if (!info) co_return;
  const auto told = memory_returned(instance_.observation.facts, redis::info_facts(*info));
  if (!told) co_return;
  if (told->returned) {
    tell(told->says);
  } else {
    problem(told->says);
  }
}

/// Every value that is in force by now, first aid included.
asio::awaitable<EventKind> HealRun::read_back(std::size_t attempt) {
  Proof proof{"read-back", true, "every changed value is still ours"};
  for (const auto& [key, index] : recorded_) {
    if (key.group == StepGroup::attempt && key.attempt != attempt) continue;
    const ChangeRecord& change = outcome_.changes.at(index);
    if (change.state != ChangeState::applied || is_overwritten(outcome_.changes, index)) continue;
    if (remediations::is_momentary(change.step.target.type)) continue;
    const remediations::Step step = change.step;
    const auto live = co_await actuator_->read(step.target);
    if (live && *live == step.after) continue;
    proof.holds = false;
    proof.says = to_string(step.target) + (live ? " is " + value_of(*live) + " by now"
                                                : " cannot be read: " + live.error().message);
    break;
  }
  if (recorded_.empty()) proof.says = "nothing had to be changed";
  const bool holds = proof.holds;
  if (!holds) problem(proof.says);
  const bool has_proof = options_.verify && !plan_.attempts.at(attempt).mitigates;
  if (has_proof && !outcome_.verifications.empty()) {
    Verification& verification = outcome_.verifications.back();
    verification.proven = verification.proven && holds;
    verification.proofs.push_back(std::move(proof));
  }
  co_return holds ? EventKind::unchanged : EventKind::drifted;
}

asio::awaitable<EventKind> HealRun::undo(StepKey key) {
  const std::size_t index = recorded_.at(key);
  ChangeRecord change = outcome_.changes.at(index);
  if (change.state == ChangeState::failed) co_return EventKind::undone;  // nothing was changed
  if (key.group == StepGroup::first_aid) {
    const bool proven = !outcome_.verifications.empty() && outcome_.verifications.back().proven;
    auto harm = co_await ask_harm_of_removal(change.step, instance_.connection,
                                             proven ? ForksWork::proven : ForksWork::not_proven);
    if (harm) {
      problem(*harm);
      co_return EventKind::kept;
    }
  }
  RollbackItem item = co_await undo_step(journal_, actuator_, std::move(change));
  outcome_.changes.at(index) = item.change;
  const std::string line = item.change.step.remedy + ": " + item.says;
  if (item.result == ChangeState::undone) {
    tell(line);
    co_return EventKind::undone;
  }
  problem(line);
  co_return item.result == ChangeState::released ? EventKind::undone : EventKind::undo_failed;
}

}  // namespace forkmend::engine
