// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "cli/policy_explain.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "cli/fix_cases.hpp"
#include "cli/report.hpp"
#include "cli/request.hpp"
#include "engine/audit_policy.hpp"
#include "engine/escalation.hpp"
#include "engine/pause.hpp"
#include "engine/provisional.hpp"
#include "engine/rails.hpp"
#include "engine/report_json.hpp"

namespace forkmend::cli {

namespace json = boost::json;

namespace {

using engine::GateResult;

/// Everything that stands between this server and a change, for one cause.
struct Explanation {
  std::string cause;
  policy::RuleMatch match;
  engine::Plan plan;
  std::vector<GateResult> gates;
  std::vector<engine::RecentHeal> provisional;  ///< heals; the same cause now is a relapse
  /// Each strain, and what the policy does about it; nothing while saves fail.
  std::vector<std::pair<std::string, std::string>> strains;
};

/// The agent's alone: `fix` is a person's decision.
void add_mode_gate(std::vector<GateResult>& gates, const policy::Policy& policy) {
  if (policy.mode == policy::Mode::heal) return;
  const std::string mode(to_string(policy.mode));
  gates.push_back(
      {"mode",
       "the agent " +
           std::string(policy.mode == policy::Mode::observe ? "only tells" : "only plans") +
           " in mode " + mode + " of " + policy.source,
       "", "forkmend fix, or forkmend agent --mode heal"});
}

/// Those gates that a remedy meets on its own.
void add_remedy_gates(std::vector<GateResult>& gates, const engine::Plan& plan) {
  for (const engine::RefusedRemedy& refused : plan.refused) {
    if (!refused.by_rail) continue;
    gates.push_back({"remedy", refused.remedy + ": " + refused.because, "", refused.pass});
  }
}

std::vector<GateResult> gates_of(const Session& session, const policy::Policy& policy,
                                 const engine::ObservedInstance& instance,
                                 const Explanation& explained) {
  std::vector<GateResult> gates;
  add_mode_gate(gates, policy);
  if (session.bundle == nullptr) {
    const std::string state_dir = session_state_dir(session);
    const Now now = read_clock();
    for (auto& gate : engine::standing_gates(state_dir, now)) gates.push_back(std::move(gate));
    const auto history = engine::recorded_incidents(state_dir);
    for (auto& gate :
         engine::check_gates(policy, history, instance.endpoint, explained.cause, now, {})) {
      gates.push_back(std::move(gate));
    }
  }
  add_remedy_gates(gates, explained.plan);
  return gates;
}

std::vector<engine::RecentHeal> provisional_heals(const Session& session,
                                                  const policy::Policy& policy,
                                                  const std::string& endpoint) {
  if (session.bundle != nullptr) return {};
  auto heals = engine::recent_heals(engine::recorded_incidents(session_state_dir(session)),
                                    endpoint, policy.rails, read_clock());
  std::erase_if(heals, [](const engine::RecentHeal& heal) { return heal.only_mitigated; });
  return heals;
}

Explanation explain_instance(const Session& session, const policy::Policy& policy,
                             const engine::ObservedInstance& instance) {
  Explanation result;
  result.plan = make_case(session, instance, policy, FixOptions{}).plan;
  result.cause = result.plan.cause;
  result.match = policy::match_rule(policy, policy::Trigger::failure, result.cause,
                                    instance.observation.facts);
  result.gates = gates_of(session, policy, instance, result);
  result.provisional = provisional_heals(session, policy, instance.endpoint);
  for (const diagnosis::Cause& strain : instance.diagnosis.strains) {
    if (instance.diagnosis.failing) break;
    result.strains.emplace_back(strain.id,
                                engine::policy_on(policy, strain.id, instance.observation.facts));
  }
  return result;
}

json::object to_json(const engine::ObservedInstance& instance, const Explanation& explained) {
  json::array trace;
  for (const auto& step : explained.match.trace) {
    trace.emplace_back(json::object{{"rule", printable(step.rule->name)},
                                    {"matched", step.matched},
                                    {"because", printable(step.because)}});
  }
  json::array gates;
  for (const auto& gate : explained.gates) {
    gates.emplace_back(json::object{{"gate", gate.gate},
                                    {"because", printable(gate.because)},
                                    {"override", gate.override_name},
                                    {"pass", printable(gate.pass)}});
  }
  json::array provisional;
  for (const auto& heal : explained.provisional) {
    provisional.emplace_back(json::object{{"incident", heal.incident},
                                          {"cause", heal.cause},
                                          {"remedy", heal.remedy},
                                          {"own_saves", heal.own_saves}});
  }
  json::array strains;
  for (const auto& [strain, says] : explained.strains) {
    strains.emplace_back(json::object{{"id", strain}, {"policy", says}});
  }
  auto shown = engine::instance_json(instance);
  shown["strain_rules"] = std::move(strains);
  shown["provisional"] = std::move(provisional);
  shown["rules"] = std::move(trace);
  shown["gates"] = std::move(gates);
  shown["plan"] = engine::plan_json(explained.plan);
  return shown;
}

void show_explanation(Terminal& terminal, const engine::ObservedInstance& instance,
                      const Explanation& explained, const policy::Rails& rails) {
  terminal.line(terminal.bold(headline(instance)));
  terminal.field("Cause", instance.diagnosis.failing ? explained.cause
                                                     : "nothing fails; as if: " + explained.cause);
  for (const auto& step : explained.match.trace) {
    terminal.field(step.matched ? "Rule" : "Skipped",
                   "\"" + printable(step.rule->name) +
                       "\": " + (step.matched ? "matches" : printable(step.because)));
  }
  if (explained.match.rule == nullptr) terminal.field("Rule", "none matches: advice only");
  for (const auto& [strain, says] : explained.strains) {
    terminal.field("Strain", std::string(strain).append(": ").append(says));
  }
  for (const auto& heal : explained.provisional) {
    terminal.field("Healed", heal.cause + " by " + heal.remedy + " (incident " + heal.incident +
                                 "), provisional: " + engine::saves_so_far(heal.own_saves, rails) +
                                 " since");
  }
  for (const auto& gate : explained.gates) {
    terminal.field("Gate", gate.gate + ": " + printable(gate.because));
    if (!gate.pass.empty()) terminal.item("to go on: " + printable(gate.pass));
  }
  show_plan(terminal, explained.plan);
}

}  // namespace

boost::asio::awaitable<ExitCode> explain_policy(Session session) {
  const auto policy = session_policy(session);
  if (!policy) {
    print_error(policy.error().message);
    co_return ExitCode::usage;
  }
  const Look seen = co_await look(session);
  if (seen.leave) co_return *seen.leave;
  auto out = document(session, "policy");
  for (const auto& target : seen.targets) {
    if (!target.instance) continue;
    const Explanation explained = explain_instance(session, *policy, *target.instance);
    if (session.options.json) {
      out["instances"].as_array().emplace_back(to_json(*target.instance, explained));
    } else {
      show_explanation(session.terminal, *target.instance, explained, policy->rails);
    }
  }
  if (session.options.json) print_json(out);
  co_return ExitCode::ok;
}

}  // namespace forkmend::cli
