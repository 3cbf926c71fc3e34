// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "cli/report.hpp"

#include <string>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"

namespace forkmend::cli {

namespace {

std::string capitalised(std::string word) {
  if (!word.empty() && word.front() >= 'a' && word.front() <= 'z') {
    word.front() = static_cast<char>(word.front() - 'a' + 'A');
  }
  return word;
}

std::string failure_line(const diagnosis::Failure& failure) {
  std::string text(to_string(failure.kind));
  text.append(" fails");
  if (failure.stage != diagnosis::FailureStage::unknown) {
    text.append(" at ").append(to_string(failure.stage));
  }
  if (failure.error_number) {
    text.append(": ").append(errno_name(*failure.error_number));
    text.append(" (").append(errno_text(*failure.error_number)).append(")");
  }
  if (failure.signal) text.append(", signal ").append(std::to_string(*failure.signal));
  if (failure.at) text.append(", last at ").append(format_time(*failure.at));
  return text;
}

void show_with_evidence(Terminal& terminal, std::string_view title,
                        const std::vector<diagnosis::Cause>& causes) {
  for (const auto& cause : causes) {
    terminal.field(title, cause.id + " (" + std::string(to_string(cause.confidence)) + ")");
    for (const auto& witness : cause.evidence) {
      terminal.item(printable(witness.source) + ": " + printable(witness.says));
    }
  }
}

void show_causes(Terminal& terminal, const diagnosis::Diagnosis& diagnosis) {
  if (diagnosis.causes.empty()) {
    terminal.field("Cause", "unknown: nothing here proves one");
  }
  show_with_evidence(terminal, "Cause", diagnosis.causes);
}

void show_step(Terminal& terminal, const remediations::Step& step, std::string_view prefix) {
  terminal.line(std::string(prefix) + printable(step.why));
  terminal.line("       $ " + step.shell);
  terminal.line(terminal.dim("       undo: " + step.undo_shell));
}

void show_attempt(Terminal& terminal, const engine::Attempt& attempt, std::size_t number) {
  std::string head = "  " + std::to_string(number) + ". " + attempt.remedy;
  if (attempt.steps.empty()) {
    terminal.line(terminal.bold(head) + "  nothing to change");
  } else {
    const auto& first = attempt.steps.front();
    terminal.line(terminal.bold(head) + "  (" + std::string(to_string(first.scope)) + ", " +
                  std::string(to_string(first.risk)) + ")");
  }
  if (!attempt.because.empty()) terminal.line(terminal.dim("     " + printable(attempt.because)));
  for (const auto& step : attempt.steps) show_step(terminal, step, "     ");
  if (!attempt.predicted.empty()) {
    terminal.line("     then " + printable(attempt.predicted) +
                  " (forecast: " + attempt.forecast_after + "), proven by a save");
  }
  for (const auto& step : attempt.persist) show_step(terminal, step, "     for the next boot: ");
  for (const auto& note : attempt.notes) terminal.line(terminal.dim("     " + printable(note)));
}

}  // namespace

std::string headline(const engine::ObservedInstance& instance) {
  std::string text = instance.endpoint;
  if (instance.locality.local) text += "  pid " + std::to_string(instance.locality.pid);
  text += "  " + capitalised(std::string(to_string(instance.identity.flavour)));
  if (instance.identity.version) text += " " + to_string(*instance.identity.version);
  if (!instance.identity.role.empty()) text += "  " + printable(instance.identity.role);
  return text;
}

void show_diagnosis(Terminal& terminal, const engine::ObservedInstance& instance, Detail detail) {
  const auto& diagnosis = instance.diagnosis;
  terminal.line(terminal.bold(headline(instance)));
  if (!diagnosis.failing) {
    terminal.field(terminal.good("OK"), "saves work");
  }
  for (const auto& failure : diagnosis.failures) {
    const std::string verdict =
        diagnosis.failing ? terminal.bad("FAILING") : terminal.dim("earlier");
    terminal.field(verdict, failure_line(failure));
  }
  if (diagnosis.failing) show_causes(terminal, diagnosis);
  if (detail == Detail::evidence) {
    for (const auto& out : diagnosis.ruled_out) {
      terminal.field("Not", out.id + ": " + printable(out.because));
    }
  }
  show_with_evidence(terminal, "Strain", diagnosis.strains);
  for (const auto& consequence : diagnosis.consequences) {
    terminal.field("Risk", printable(consequence));
  }
  if (!instance.locality.local) {
    terminal.field("Remote", printable(instance.locality.because) +
                                 ": nothing of this host is read or changed for it");
  }
  for (const auto& advice : diagnosis.advice) terminal.field("Advice", printable(advice));
}

void show_plan(Terminal& terminal, const engine::Plan& plan) {
  if (!plan.attempts.empty()) {
    terminal.line();
    terminal.line(
        terminal.bold("Plan " + plan.id) + "  against " + plan.cause +
        (plan.rule.empty() ? std::string() : "  (rule \"" + printable(plan.rule) + "\")"));
  }
  for (const auto& step : plan.first_aid) show_step(terminal, step, "  first aid: ");
  for (std::size_t number = 0; number < plan.attempts.size(); ++number) {
    show_attempt(terminal, plan.attempts[number], number + 1);
  }
  for (const auto& line : plan.proof) terminal.field("Proof", printable(line));
  for (const auto& refused : plan.refused) {
    terminal.field("Refused", refused.remedy + ": " + printable(refused.because));
  }
  for (const auto& advice : plan.advice) terminal.field("Advice", printable(advice));
}

void show_verification(Terminal& terminal, const engine::Verification& verification) {
  const std::string verdict =
      verification.proven ? terminal.good("PROVEN") : terminal.bad("NOT PROVEN");
  terminal.line("  " + verdict + " in " + format_duration(verification.took));
  for (const auto& proof : verification.proofs) {
    terminal.line("    " + (proof.holds ? terminal.good("ok  ") : terminal.bad("no  ")) + proof.id +
                  ": " + printable(proof.says));
  }
}

void print_unreachable(const std::vector<engine::ServerLook>& targets) {
  for (const auto& target : targets) {
    if (target.failure) print_error(target.endpoint + ": " + target.failure->message);
  }
}

}  // namespace forkmend::cli
