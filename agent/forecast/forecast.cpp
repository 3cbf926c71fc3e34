// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "forecast/forecast.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "forecast/arithmetic.hpp"
#include "forecast/outlooks.hpp"
#include "forecast/rules.hpp"

namespace forkmend::forecast {

namespace {

/// In the order in which copy_process() asks. A further rule is one function and one line here.
constexpr std::array<RuleFunction, 12> kRules = {
    nproc_rule,            // RLIMIT_NPROC
    threads_rule,          // nr_threads >= max_threads
    deadline_rule,         // sched_fork()
    overcommit_mode_rule,  // copy_mm(): only when the mode is not known
    heuristic_rule,        // copy_mm(): mode 0
    always_rule,           // copy_mm(): mode 1
    strict_rule,           // copy_mm(): mode 2
    kmem_rule,             // copy_mm(): page tables, version 1 kernel memory
    memcg_rule,            // copy_mm(): page tables, memory.max
    pid_max_rule,          // alloc_pid()
    pid_namespace_rule,    // alloc_pid(): PIDNS_ADDING
    pids_rule,             // cgroup_can_fork()
};

/// What decides the fork: a sure refusal before a possible one before a missing input.
constexpr std::array<Verdict, 4> kBindingOrder = {Verdict::refused, Verdict::kill,
                                                  Verdict::too_close, Verdict::unknown};

void find_binding(Forecast& forecast) {
  forecast.verdict = Verdict::admitted;
  for (const Verdict verdict : kBindingOrder) {
    const auto found = std::ranges::find(forecast.rules, verdict, &RuleForecast::verdict);
    if (found == forecast.rules.end()) continue;
    forecast.verdict = verdict;
    forecast.binding_rule = found->id;
    return;
  }
}

}  // namespace

const RuleForecast* Forecast::find(std::string_view id) const {
  const auto found = std::ranges::find(rules, id, &RuleForecast::id);
  return found != rules.end() ? &*found : nullptr;
}

std::optional<std::int64_t> Forecast::shortfall() const {
  const auto refuses = [](const RuleForecast& rule) {
    return denies(rule.verdict) && rule.unit == "bytes" && rule.margin;
  };
  const auto found = std::ranges::find_if(rules, refuses);
  if (found == rules.end()) return std::nullopt;
  return subtract_clamped(0, *found->margin);
}

Forecast forecast_fork(const FactSet& facts) {
  Forecast forecast;
  for (const RuleFunction rule : kRules) {
    auto answer = rule(facts);
    if (answer) forecast.rules.push_back(std::move(*answer));
  }
  find_binding(forecast);
  forecast.cow = copy_outlook(facts);
  forecast.disk = disk_outlook(facts);
  forecast.throttle = throttle_outlook(facts);
  forecast.fork_time = fork_time_outlook(facts);
  return forecast;
}

FactSet forecast_facts(const Forecast& forecast) {
  constexpr std::string_view kSource = "forecast";
  FactSet facts;
  const auto missing = [&](std::string_view name, std::string_view reason) {
    facts.set_missing(name, FactState::not_applicable, kSource, reason);
  };
  facts.set("forecast.verdict", std::string(to_string(forecast.verdict)), "", kSource);
  const RuleForecast* binding = forecast.find(forecast.binding_rule);
  if (binding == nullptr) {
    missing("forecast.rule", "every rule admits the fork");
    missing("forecast.margin", "every rule admits the fork");
  } else {
    facts.set("forecast.rule", binding->id, "", kSource);
    if (binding->margin) {
      facts.set("forecast.margin", *binding->margin, binding->unit, kSource);
    } else {
      facts.set_missing("forecast.margin", FactState::unknown, kSource, binding->says);
    }
  }
  if (const auto shortfall = forecast.shortfall()) {
    facts.set("forecast.shortfall", *shortfall, "bytes", kSource);
  } else {
    missing("forecast.shortfall", "no memory rule refuses");
  }
  return facts;
}

}  // namespace forkmend::forecast
