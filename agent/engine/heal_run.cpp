// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/heal_run.hpp"

#include <boost/json/serialize.hpp>
#include <random>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "engine/host_lock.hpp"
#include "engine/report_json.hpp"

namespace forkmend::engine {

namespace {

IncidentState incident_state(HealState state) {
  switch (state) {
    case HealState::healed:
      return IncidentState::healed;
    case HealState::mitigated:
      return IncidentState::mitigated;
    case HealState::undo_incomplete:
      return IncidentState::undo_incomplete;
    case HealState::not_healed:
    case HealState::interrupted:
    case HealState::cannot_record:
      return IncidentState::not_healed;
  }
  return IncidentState::not_healed;
}

/// Before anything has failed there is no cause, only a strain or the arithmetic of the forecast.
std::string confidence_of(const ObservedInstance& instance, const std::string& cause) {
  const diagnosis::Diagnosis& diagnosis = instance.diagnosis;
  for (const diagnosis::Cause& one : diagnosis.failing ? diagnosis.causes : diagnosis.strains) {
    if (one.id == cause) return std::string(to_string(one.confidence));
  }
  return diagnosis.failing ? std::string() : std::string(kForeseen);
}

std::string closing_line(const HealOutcome& outcome) {
  switch (outcome.state) {
    case HealState::healed:
      return "healed by " + outcome.healed_by;
    case HealState::mitigated:
      if (outcome.put_off) return outcome.mitigated_by + " is in force and not proven yet";
      return "mitigated by " + outcome.mitigated_by + ", not healed: saves still fail";
    case HealState::not_healed:
      return "not healed";
    case HealState::undo_incomplete:
      return "not healed, and something of ours is still in place: a person is needed";
    case HealState::interrupted:
      return "interrupted; what was applied is undone";
    case HealState::cannot_record:
      return "ended: the journal cannot be written";
  }
  return {};
}

/// Why the plan is as it is: the report holds only what it would do.
void add_choices(const Plan& plan, std::vector<std::string>& notes) {
  for (const Attempt& attempt : plan.attempts) {
    if (!attempt.because.empty()) {
      notes.push_back("planned " + attempt.remedy + ": " + attempt.because);
    }
    for (const std::string& note : attempt.notes) notes.push_back(attempt.remedy + ": " + note);
  }
  for (const std::string& line : plan.proof) notes.push_back("proof: " + line);
  for (const RefusedRemedy& refused : plan.refused) {
    notes.push_back("refused " + refused.remedy + ": " + refused.because);
  }
}

}  // namespace

HealRun::HealRun(Plan plan, ObservedInstance instance, host::Root root, Journal* journal,
                 Actuator* actuator, HealOptions options)
    : plan_(std::move(plan)),
      instance_(std::move(instance)),
      root_(std::move(root)),
      journal_(journal),
      actuator_(actuator),
      options_(std::move(options)) {}

MachineShape HealRun::shape() const {
  MachineShape shape{.first_aid = plan_.first_aid.size(),
                     .attempts = {},
                     .verify = options_.verify,
                     .persist = options_.persist,
                     .keep_on_failure = options_.keep_on_failure};
  for (const Attempt& attempt : plan_.attempts) {
    shape.attempts.push_back({.steps = attempt.steps.size(),
                              .persist = attempt.persist.size(),
                              .mitigates = attempt.mitigates});
  }
  return shape;
}

Result<void> HealRun::open() {
  const Now now = options_.opened.value_or(read_clock());
  outcome_.incident = options_.incident;
  if (outcome_.incident.empty()) {
    const auto random = static_cast<std::uint16_t>(std::random_device{}());
    outcome_.incident = new_incident_id(now.wall, random);
  }
  const IncidentRecord incident{.id = outcome_.incident,
                                .instance = plan_.instance,
                                .cause = plan_.cause,
                                .confidence = confidence_of(instance_, plan_.cause),
                                .rule = plan_.rule,
                                .plan = plan_.id,
                                .actor = options_.actor,
                                .state = IncidentState::open,
                                .opened = now.wall,
                                .closed = {},
                                .report = report(),
                                .host_incident = options_.host_incident == kNewHostIncident
                                                     ? outcome_.incident
                                                     : options_.host_incident,
                                .acknowledged = {},
                                .opened_boot = now.boot,
                                .closed_boot = {}};
  std::vector<std::string> notes = options_.notes;
  for (const std::string& gate : options_.passed) {
    notes.push_back("passed by name (" + options_.actor + "): " + gate);
  }
  const std::size_t told = notes.size();
  add_choices(plan_, notes);
  // One transaction: each costs a disk several syncs, and first aid waits for them.
  auto opened = journal_->open_incident(incident, notes);
  if (!opened) return opened;
  if (options_.on_open) options_.on_open(outcome_.incident);
  for (std::size_t i = 0; i < notes.size(); ++i) {
    log::write(log::Level::debug, outcome_.incident, notes[i]);
    if (i < told && options_.on_event) options_.on_event(notes[i]);
  }
  return opened;
}

std::string HealRun::report() const {
  const boost::json::object document{{"instance", instance_json(instance_)},
                                     {"plan", plan_json(plan_)},
                                     {"outcome", to_json(outcome_)}};
  return boost::json::serialize(document);
}

bool HealRun::stop_requested() const {
  return stop_file_present() || (options_.stop_requested && options_.stop_requested());
}

/// A note that the journal does not take is not worth ending for: intents are what it must take.
void HealRun::tell(const std::string& line) {
  if (options_.on_event) options_.on_event(line);
  record(line);
}

void HealRun::record(const std::string& line) {
  log::write(log::Level::debug, outcome_.incident, line);
  const auto noted = journal_->note(outcome_.incident, line);
  if (!noted) log::write(log::Level::warning, outcome_.incident, noted.error().message);
}

void HealRun::problem(const std::string& line) {
  outcome_.problems.push_back(line);
  tell(line);
}

/// What the ledger does not take is no reason to end, either.
void HealRun::count(std::size_t attempt, RemedyOutcome outcome) {
  const auto counted = journal_->count(plan_.attempts.at(attempt).remedy, plan_.cause, outcome);
  if (!counted) log::write(log::Level::warning, outcome_.incident, counted.error().message);
}

const remediations::Step& HealRun::step_at(const StepKey& key) const {
  switch (key.group) {
    case StepGroup::first_aid:
      return plan_.first_aid.at(key.step);
    case StepGroup::persist:
      return plan_.attempts.at(key.attempt).persist.at(key.step);
    case StepGroup::attempt:
      break;
  }
  return plan_.attempts.at(key.attempt).steps.at(key.step);
}

void HealRun::tell_mitigated(const Attempt& attempt) {
  outcome_.mitigated_by = attempt.remedy;
  if (outcome_.put_off) {
    problem("not proven yet: the server was too busy for a save of ours; " + attempt.remedy +
            " stays in force, and the server's own next save may prove it");
  } else {
    problem("saves still fail; " + attempt.predicted);
  }
}

HealOutcome HealRun::close(const IncidentMachine& machine, HealState state) {
  outcome_.state = state;
  if (state == HealState::healed) {
    outcome_.healed_by = plan_.attempts.at(machine.attempt()).remedy;
    if (options_.verify) count(machine.attempt(), RemedyOutcome::healed);
  }
  if (state == HealState::mitigated) {
    outcome_.put_off = !plan_.attempts.at(machine.attempt()).mitigates;
    if (!outcome_.put_off) count(machine.attempt(), RemedyOutcome::mitigated);
    tell_mitigated(plan_.attempts.at(machine.attempt()));
  }
  if (state == HealState::healed && !options_.verify) {
    problem("not verified, as asked: no save was triggered");
  }
  if (state == HealState::healed && machine.stopped()) {
    problem("stopped after the proof: what was left to do for the next boot was not done");
  }
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(machine.took());
  tell(closing_line(outcome_) + " (took " + format_duration(took) + ")");
  const auto closed = journal_->close_incident(outcome_.incident, incident_state(state), report());
  if (!closed) outcome_.problems.push_back("not recorded: " + closed.error().message);
  return std::move(outcome_);
}

}  // namespace forkmend::engine
