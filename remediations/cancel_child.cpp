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
#include "remediations/gate.hpp"
#include "remediations/shell.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::string_view kState = "instance.child.state";
constexpr std::string_view kNothingToUndo = "# nothing to undo: the next save starts anew";

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

/// Valkey 8.1 and newer, for a child that writes an RDB.
bool has_cancel(const FactSet& facts) {
  if (facts.integer("redis.rdb_bgsave_in_progress") != 1) return false;
  const auto version = facts.text("redis.valkey_version");
  if (!version) return false;
  const auto parts = split(*version, '.');
  const auto major = parse_integer(parts[0]);
  const auto minor = parts.size() > 1 ? parse_integer(parts[1]) : std::nullopt;
  return major && minor && (*major > 8 || (*major == 8 && *minor >= 1));
}

Step base_step(std::string why) {
  Step step;
  step.remedy = "cancel-child";
  step.scope = Scope::instance;
  step.risk = Risk::disruptive;
  step.undo_shell = kNothingToUndo;
  step.why = std::move(why);
  return step;
}

Step signal_step(const FactSet& facts, std::string_view signal, std::string why) {
  Step step = base_step(std::move(why));
  step.target.type = StepType::signal;
  step.target.name = signal;
  step.target.pid = facts.integer("instance.child.pid").value_or(0);
  step.target.process_start =
      static_cast<std::uint64_t>(facts.integer("instance.child.start_time").value_or(0));
  step.needs_root = true;
  step.shell = "kill -s " + std::string(signal.substr(3)) + " " + std::to_string(step.target.pid);
  return step;
}

Step cancel_step(const std::string& endpoint, const std::string& run_id) {
  Step step = base_step("the server ends its child itself");
  step.target.type = StepType::server_command;
  step.target.name = "BGSAVE CANCEL";
  step.target.endpoint = endpoint;
  step.target.run_id = run_id;
  step.shell = command_line(endpoint, "bgsave cancel");
  return step;
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
  const auto endpoint = facts.text("instance.endpoint");
  const auto run_id = facts.text("redis.run_id");
  if (has_cancel(facts) && endpoint && run_id) {
    proposal.steps.push_back(cancel_step(*endpoint, *run_id));
  } else {
    proposal.steps.push_back(signal_step(
        facts, "SIGUSR1", "the child ends by its own handler, which is no failed save"));
  }
  if (facts.text(kState) == "T") {
    proposal.steps.push_back(
        signal_step(facts, "SIGCONT", "a stopped child takes the signal when it runs again"));
  }
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
