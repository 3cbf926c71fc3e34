// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: a save's child hangs, so that no save ends any more, memory goes on being copied, and
// nothing is logged; the server waits for the child without a time limit.
//
// Why this helps: the child ends and the server can save again. BGSAVE CANCEL does it where the
// server has it (Valkey 8.1), else SIGUSR1, for which the child has a handler: it removes nothing
// that counts, exits with 255, and the server does not set rdb_last_bgsave_status to err as it
// would after SIGKILL (checkChildrenDone() of server.c). A stopped child (SIGSTOP) takes a signal
// only when it runs again, so SIGCONT follows: the handler is the first that it runs.
//
// Why a stopped child is not just continued: what it would write is the data of the moment of its
// fork, which may be hours old, and would count as a good save of now.
//
// The risk: a child that was only slow is ended, and its work is lost.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"
#include "remediations/child_end.hpp"
#include "remediations/gate.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::string_view kState = "instance.child.state";

constexpr auto kCauses = std::to_array<std::string_view>({"hung-child"});

bool is_blamed(const PlanInput& input) {
  return input.cause != nullptr && input.cause->id == kCauses.front();
}

/// A child that a signal would not end, or that nothing speaks against.
ProbeResult probe_state(const PlanInput& input, const std::string& state) {
  if (state == "T") return {Applicability::applicable, "the child is stopped (SIGSTOP)"};
  if (state == "t") {
    return {Applicability::not_applicable,
            "a debugger has stopped the child: whoever uses it knows"};
  }
  if (state == "D") {
    return {Applicability::not_applicable,
            "the child waits for a device or a network file system, and no signal reaches it until "
            "that answers"};
  }
  if (state == "Z") {
    return {Applicability::not_applicable, "the child has ended; the server has not taken note"};
  }
  if (is_blamed(input)) return {Applicability::applicable, "the child is there and gets nowhere"};
  return {Applicability::not_applicable, "nothing says that the child hangs: it may be saving"};
}

ProbeResult probe(const PlanInput& input) {
  const auto pid = input.facts.integer("instance.child.pid");
  if (!pid) return no_answer(input.facts, "instance.child.pid");
  const auto state = input.facts.text(kState);
  if (!state) return no_answer(input.facts, kState);
  if (!input.facts.integer("instance.child.start_time")) {
    return no_answer(input.facts, "instance.child.start_time");
  }
  return probe_state(input, *state);
}

/// What can be said of its progress, which one look does not show.
std::string progress_note(const FactSet& facts) {
  const auto done = facts.integer("redis.current_save_keys_processed");
  const auto total = facts.integer("redis.current_save_keys_total");
  const std::string keys =
      done && total ? ": " + format_count(*done) + " of " + format_count(*total) + " keys so far"
                    : ": the server does not count the keys of a save";
  return "whether the child still makes progress cannot be told from one look" + keys;
}

void add_notes(const PlanInput& input, Proposal& proposal) {
  const FactSet& facts = input.facts;
  if (facts.text(kState) != "T") proposal.notes.push_back(progress_note(facts));
  if (facts.integer("redis.connected_slaves").value_or(0) > 0) {
    proposal.notes.emplace_back("if the child serves a full sync, that replica starts another one");
  }
  const auto version = facts.text("redis.redis_version");
  const auto major = version ? parse_integer(split(*version, '.').front()) : std::nullopt;
  if (major && *major < 5) {
    proposal.notes.emplace_back(
        "servers before 5.0 take a child that was ended for a failed save until the next good one");
  }
}

PlanResult plan(const PlanInput& input) {
  const FactSet& facts = input.facts;
  const ProbeResult probed = probe(input);
  if (probed.answer != Applicability::applicable) return Refusal{probed.because};
  if (auto because = instance_is_not_ours(facts)) return Refusal{*because};
  Proposal proposal;
  proposal.steps = steps_that_end_child(facts, "cancel-child");
  proposal.predicted = "the child (pid " +
                       std::to_string(facts.integer("instance.child.pid").value_or(0)) +
                       ") ends, and the server can save again";
  add_notes(input, proposal);
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kCancelChild = {
    .id = "cancel-child",
    .summary = "end a save's child that hangs, without a failed save",
    .symptom =
        "rdb_bgsave_in_progress:1 for many times as long as the last save took, while the "
        "temporary "
        "file does not grow; the child is stopped (state T) or sleeps",
    .changes =
        "sends BGSAVE CANCEL (Valkey 8.1 and newer) or SIGUSR1 to the child, then SIGCONT where it "
        "is stopped; nothing stays in force",
    .risk_note =
        "the work of a child that was only slow is lost; a full sync that it served starts again",
    .undo_by_hand = "nothing to undo: BGSAVE starts the next save",
    .scope = Scope::instance,
    .risk = Risk::disruptive,
    .causes = kCauses,
    .parameters = {},
    .probe = probe,
    .plan = plan,
};

}  // namespace forkmend::remediations
