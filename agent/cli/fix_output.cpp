// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "cli/fix_output.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/report.hpp"
#include "engine/report_json.hpp"

namespace forkmend::cli {

namespace json = boost::json;

namespace {

/// From best to worst: what a person must hear first.
constexpr std::array kByGravity = {
    ExitCode::ok,           ExitCode::plan_ready,     ExitCode::unreachable, ExitCode::advice_only,
    ExitCode::no_privilege, ExitCode::blocked,        ExitCode::facts_moved, ExitCode::not_healed,
    ExitCode::usage,        ExitCode::undo_incomplete};

std::string_view closing_words(const FixResult& result) {
  if (result.mended.outcome.put_off) {
    return "IN FORCE, NOT PROVEN YET: the server was too busy for a save of ours.";
  }
  if (result.mended.state == engine::MendState::mitigated) {
    return "MITIGATED, NOT HEALED: the server goes on, its saves still fail.";
  }
  if (result.code == ExitCode::ok && result.mended.outcome.verifications.empty()) {
    return "APPLIED, NOT VERIFIED: no save was triggered.";
  }
  switch (result.code) {
    case ExitCode::ok:
      return "HEALED: a save worked and was proven.";
    case ExitCode::not_healed:
      return "NOT HEALED: no attempt led to a proven save; everything was undone.";
    case ExitCode::undo_incomplete:
      return "A PERSON IS NEEDED: nothing healed it and something of ours is still in place.";
    case ExitCode::blocked:
      return "BLOCKED: nothing was changed.";
    case ExitCode::no_privilege:
      return "NEEDS ROOT: nothing was changed.";
    default:
      return "Nothing was changed.";
  }
}

}  // namespace

std::string progress_line(const engine::SaveProgress& progress) {
  std::string text = "Saving: " + format_duration(progress.elapsed);
  if (progress.keys_done && progress.keys_total && *progress.keys_total > 0) {
    text += ", " + std::to_string(*progress.keys_done * 100 / *progress.keys_total) + " % of " +
            format_count(*progress.keys_total) + " keys";
  } else if (progress.last_took) {
    text += " (the last save took " + format_duration(*progress.last_took) + ")";
  }
  return text;
}

FixReport::FixReport(Session session)
    : session_(std::move(session)), document_(document(session_, "fix")) {}

json::object& FixReport::entry(const std::string& endpoint) {
  auto& all = document_["instances"].as_array();
  const auto found = std::ranges::find_if(all, [&](const json::value& one) {
    return one.as_object().at("endpoint").as_string() == endpoint;
  });
  if (found != all.end()) return found->as_object();
  all.emplace_back(json::object{{"endpoint", endpoint}});
  return all.back().as_object();
}

void FixReport::worsen(ExitCode code) {
  const auto rank = [](ExitCode one) { return std::ranges::find(kByGravity, one); };
  code_ = rank(code) > rank(code_) ? code : code_;
}

void FixReport::healthy(const engine::ObservedInstance& instance) {
  ++healthy_;
  entry(instance.endpoint) = engine::instance_json(instance);
}

void FixReport::host_incident(const std::string& cause, const std::vector<std::string>& endpoints) {
  together_ += endpoints.size();
  json::array servers;
  for (const std::string& endpoint : endpoints) servers.emplace_back(endpoint);
  if (!document_.contains("host_incidents")) document_["host_incidents"] = json::array();
  document_["host_incidents"].as_array().emplace_back(
      json::object{{"cause", cause}, {"instances", std::move(servers)}});
  if (session_.options.json) return;
  session_.terminal.line(session_.terminal.bold("One incident of this host: " + cause + " on " +
                                                std::to_string(endpoints.size()) + " servers"));
  session_.terminal.line(
      "  What is the host's is changed once; then each server's save is proven, one after "
      "another.");
  session_.terminal.line();
}

void FixReport::saves_again(const engine::ObservedInstance& instance) {
  entry(instance.endpoint) = engine::instance_json(instance);
  if (session_.options.json) return;
  session_.terminal.line(instance.endpoint + ": " + session_.terminal.good("saves again") +
                         " since the host was mended");
}

void FixReport::take_plan(const engine::ObservedInstance& instance, const engine::Plan& plan) {
  ++failing_;
  auto& shown = entry(instance.endpoint);
  shown = engine::instance_json(instance);
  shown["plan"] = engine::plan_json(plan);
  json::array refused;
  for (const auto& one : plan.refused) {
    refused.emplace_back(json::object{{"remedy", one.remedy}, {"because", printable(one.because)}});
  }
  shown["refused"] = std::move(refused);
  for (const auto& advice : plan.advice) shown["advice"].as_array().emplace_back(printable(advice));
  if (!plan.empty()) plans_.push_back(plan.id);
}

void FixReport::also_planned(const engine::ObservedInstance& instance, const engine::Plan& plan) {
  take_plan(instance, plan);
  if (session_.options.json) return;
  auto& terminal = session_.terminal;
  terminal.line();
  terminal.line(terminal.bold(headline(instance)));
  if (plan.empty()) return terminal.field("Plan", "nothing that could be tried");
  std::vector<std::string> remedies;
  remedies.reserve(plan.attempts.size());
  for (const engine::Attempt& attempt : plan.attempts) remedies.push_back(attempt.remedy);
  terminal.field("Plan", plan.id + ": " + join(remedies, ", then "));
  terminal.item("its steps: forkmend fix --dry-run -i " + shell_quote(instance.endpoint));
}

void FixReport::planned(const engine::ObservedInstance& instance, const engine::Plan& plan) {
  take_plan(instance, plan);
  if (session_.options.json) return;
  if (failing_ > 1) session_.terminal.line();
  show_diagnosis(session_.terminal, instance, Detail::verdict);
  show_plan(session_.terminal, plan);
}

void FixReport::mended(const FixResult& result) {
  worsen(result.code);
  auto& shown = entry(result.instance.endpoint);
  auto outcome = engine::to_json(result.mended.outcome);
  if (!result.mended.because.empty()) {
    outcome["state"] = "blocked";
    for (const auto& because : result.mended.because) {
      outcome["problems"].as_array().emplace_back(printable(because));
    }
  }
  shown["outcome"] = std::move(outcome);
  if (session_.options.json) return;
  auto& terminal = session_.terminal;
  for (const auto& verification : result.mended.outcome.verifications) {
    show_verification(terminal, verification);
  }
  for (const auto& because : result.mended.because) terminal.field("Because", printable(because));
  for (const auto& problem : result.mended.outcome.problems) {
    terminal.field("Problem", printable(problem));
  }
  const std::string words(closing_words(result));
  terminal.line(result.code == ExitCode::ok ? terminal.good(words) : terminal.bad(words));
  const std::string& incident = result.mended.outcome.incident;
  if (incident.empty()) return;
  terminal.line("Record: forkmend history show " + incident);
  if (result.code == ExitCode::ok || result.code == ExitCode::undo_incomplete ||
      result.mended.state == engine::MendState::mitigated) {
    terminal.line("Undo:   forkmend rollback " + incident);
  }
}

void FixReport::moved(const engine::Plan& stored, const std::vector<std::string>& what) {
  json::array reasons;
  for (const auto& one : what) reasons.emplace_back(printable(one));
  document_["moved"] = std::move(reasons);
  if (session_.options.json) return;
  session_.terminal.line(
      session_.terminal.bad("Plan " + stored.id + " is not carried out: facts moved."));
  for (const auto& one : what) session_.terminal.item(printable(one));
  session_.terminal.line("Make a new one: forkmend fix --dry-run");
}

ExitCode FixReport::dry_run() {
  if (!session_.options.json) {
    session_.terminal.line();
    session_.terminal.line("Dry run: nothing was changed. To carry it out:");
    for (const auto& id : plans_) session_.terminal.line("  forkmend fix --yes --plan " + id);
    if (together_ > 0) session_.terminal.line("  forkmend fix --yes    all of them in turn");
  }
  return finish(ExitCode::plan_ready);
}

ExitCode FixReport::declined() {
  const bool asked = session_.terminal.can_ask();
  if (!session_.options.json) {
    session_.terminal.line();
    session_.terminal.line(
        asked ? "Nothing was changed."
              : "Nothing was changed: there is no terminal to ask on, and --yes was "
                "not given.");
    for (const auto& id : plans_) session_.terminal.line("  forkmend fix --yes --plan " + id);
  }
  return finish(ExitCode::plan_ready);
}

ExitCode FixReport::finish(ExitCode at_least) {
  worsen(at_least);
  document_["exit"] = to_int(code_);
  if (session_.options.json) {
    print_json(document_);
    return code_;
  }
  if (failing_ == 0 && code_ == ExitCode::ok) {
    session_.terminal.line(healthy_ == 0 ? "Nothing to heal: no server runs on this host."
                                         : session_.terminal.good("Nothing to heal: ") +
                                               std::to_string(healthy_) + " of " +
                                               std::to_string(healthy_) + " servers can save.");
  }
  return code_;
}

}  // namespace forkmend::cli
