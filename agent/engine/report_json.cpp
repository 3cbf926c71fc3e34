// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/report_json.hpp"

#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"
#include "engine/step_json.hpp"

namespace forkmend::engine {

namespace json = boost::json;

namespace {

template <class T>
json::value or_null(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::value time_or_null(const std::optional<WallTime>& time) {
  return time ? json::value(format_time(*time)) : json::value(nullptr);
}

json::array texts(const std::vector<std::string>& all) {
  json::array out;
  for (const std::string& text : all) out.emplace_back(printable(text));
  return out;
}

json::value limit_or_number(std::int64_t number) {
  return number == kUnlimited ? json::value("unlimited") : json::value(number);
}

json::value fact_value(const Fact& fact) {
  if (fact.state != FactState::value) return nullptr;
  if (const auto* integer = std::get_if<std::int64_t>(&fact.value))
    return limit_or_number(*integer);
  if (const auto* number = std::get_if<double>(&fact.value)) return *number;
  if (const auto* flag = std::get_if<bool>(&fact.value)) return *flag;
  return json::value(printable(std::get<std::string>(fact.value)));
}

json::object rule_json(const forecast::RuleForecast& rule) {
  json::object inputs;
  for (const auto& [name, value] : rule.inputs) inputs[name] = printable(value);
  return {{"id", rule.id},
          {"verdict", std::string(to_string(rule.verdict))},
          {"margin", rule.margin ? limit_or_number(*rule.margin) : json::value(nullptr)},
          {"unit", rule.unit},
          {"errno", rule.refusal_errno == 0 ? std::string() : errno_name(rule.refusal_errno)},
          {"inputs", std::move(inputs)},
          {"says", printable(rule.says)}};
}

json::value spread_json(const std::optional<forecast::Spread>& spread) {
  if (!spread) return nullptr;
  return json::object{{"low", spread->low}, {"likely", spread->likely}, {"worst", spread->worst}};
}

/// What every outlook has; fork times are milliseconds, all others bytes.
json::object outlook_json(const forecast::Outlook& outlook) {
  json::object inputs;
  for (const auto& [name, value] : outlook.inputs) inputs[name] = printable(value);
  return {{"verdict", std::string(to_string(outlook.verdict))},
          {"estimate", spread_json(outlook.estimate)},
          {"margin", or_null(outlook.margin)},
          {"unit", outlook.unit},
          {"inputs", std::move(inputs)},
          {"says", printable(outlook.says)}};
}

void add_outlooks(json::object& shown, const forecast::Forecast& forecast) {
  json::object cow = outlook_json(forecast.cow);
  cow["binding"] = printable(forecast.cow.binding);
  cow["victim"] = std::string(to_string(forecast.cow.victim));
  cow["victim_says"] = printable(forecast.cow.victim_says);
  shown["cow"] = std::move(cow);
  json::object disk = outlook_json(forecast.disk);
  disk["binding"] = forecast.disk.binding;
  shown["disk"] = std::move(disk);
  json::object throttle = outlook_json(forecast.throttle);
  throttle["binding"] = printable(forecast.throttle.binding);
  throttle["throttled"] = std::string(to_string(forecast.throttle.throttled));
  shown["throttle"] = std::move(throttle);
  shown["fork_ms"] = outlook_json(forecast.fork_time);
}

}  // namespace

json::object to_json(const forecast::Forecast& forecast) {
  json::array rules;
  for (const auto& rule : forecast.rules) rules.emplace_back(rule_json(rule));
  json::object shown{{"verdict", std::string(to_string(forecast.verdict))},
                     {"binding_rule", forecast.binding_rule},
                     {"shortfall", or_null(forecast.shortfall())},
                     {"rules", std::move(rules)}};
  add_outlooks(shown, forecast);
  return shown;
}

json::object to_json(const diagnosis::Failure& failure) {
  const auto& number = failure.error_number;
  return {{"kind", std::string(to_string(failure.kind))},
          {"stage", std::string(to_string(failure.stage))},
          {"errno", number ? json::value(errno_name(*number)) : json::value(nullptr)},
          {"signal", or_null(failure.signal)},
          {"at", time_or_null(failure.at)},
          {"source", printable(failure.source)},
          {"text", printable(failure.text)}};
}

json::object to_json(const diagnosis::Cause& cause) {
  json::array evidence;
  for (const auto& witness : cause.evidence) {
    evidence.emplace_back(json::object{{"source", printable(witness.source)},
                                       {"says", printable(witness.says)},
                                       {"kernel", witness.kernel}});
  }
  return {{"id", cause.id},
          {"confidence", std::string(to_string(cause.confidence))},
          {"evidence", std::move(evidence)}};
}

json::object to_json(const Verification& verification) {
  json::array proofs;
  for (const Proof& proof : verification.proofs) {
    proofs.emplace_back(
        json::object{{"id", proof.id}, {"holds", proof.holds}, {"says", printable(proof.says)}});
  }
  return {{"proven", verification.proven},
          {"save_triggered", verification.save_was_triggered},
          {"put_off", verification.put_off},
          {"aborted", verification.aborted},
          {"seconds", static_cast<double>(verification.took.count()) / 1000},
          {"proofs", std::move(proofs)}};
}

json::object to_json(const ChangeRecord& change) {
  return {{"id", change.id},
          {"incident", change.incident},
          {"state", std::string(to_string(change.state))},
          {"at", format_time(change.at)},
          {"comment", printable(change.comment)},
          {"step", step_to_json(change.step)}};
}

json::object to_json(const HealOutcome& outcome) {
  json::array verified;
  for (const Verification& verification : outcome.verifications) {
    verified.emplace_back(to_json(verification));
  }
  json::array changes;
  for (const ChangeRecord& change : outcome.changes) changes.emplace_back(to_json(change));
  return {{"state", std::string(to_string(outcome.state))},
          {"incident", outcome.incident},
          {"healed_by", outcome.healed_by},
          {"mitigated_by", outcome.mitigated_by},
          {"put_off", outcome.put_off},
          {"verified", std::move(verified)},
          {"changes", std::move(changes)},
          {"problems", texts(outcome.problems)}};
}

json::array to_json(const FactSet& facts) {
  json::array all;
  for (const auto& [name, fact] : facts.all()) {
    all.emplace_back(json::object{{"name", name},
                                  {"state", std::string(to_string(fact.state))},
                                  {"value", fact_value(fact)},
                                  {"unit", fact.unit},
                                  {"source", printable(fact.source)},
                                  {"reason", printable(fact.reason)}});
  }
  return all;
}

json::object instance_json(const ObservedInstance& instance) {
  const diagnosis::Diagnosis& diagnosis = instance.diagnosis;
  json::array failures;
  for (const auto& failure : diagnosis.failures) failures.emplace_back(to_json(failure));
  json::array causes;
  for (const auto& cause : diagnosis.causes) causes.emplace_back(to_json(cause));
  json::array strains;
  for (const auto& strain : diagnosis.strains) strains.emplace_back(to_json(strain));
  json::array ruled_out;
  for (const auto& out : diagnosis.ruled_out) {
    ruled_out.emplace_back(json::object{{"id", out.id}, {"because", printable(out.because)}});
  }
  const auto& version = instance.identity.version;
  return {{"endpoint", instance.endpoint},
          {"local", instance.locality.local},
          {"locality", printable(instance.locality.because)},
          {"pid", instance.locality.local ? json::value(instance.locality.pid) : nullptr},
          {"flavour", std::string(to_string(instance.identity.flavour))},
          {"version", version ? json::value(to_string(*version)) : nullptr},
          {"role", printable(instance.identity.role)},
          {"failing", diagnosis.failing},
          {"failures", std::move(failures)},
          {"causes", std::move(causes)},
          {"strains", std::move(strains)},
          {"ruled_out", std::move(ruled_out)},
          {"forecast", to_json(instance.observation.forecast)},
          {"consequences", texts(diagnosis.consequences)},
          {"advice", texts(diagnosis.advice)}};
}

json::object plan_json(const Plan& plan) {
  json::array steps;
  for (std::size_t number = 0; number < plan.attempts.size(); ++number) {
    const Attempt& attempt = plan.attempts[number];
    for (const auto& step : attempt.steps) {
      json::object shown = step_to_json(step);
      shown["attempt"] = number + 1;
      steps.emplace_back(std::move(shown));
    }
  }
  json::array attempts;
  for (const Attempt& attempt : plan.attempts) {
    json::array persist;
    for (const auto& step : attempt.persist) persist.emplace_back(step_to_json(step));
    attempts.emplace_back(json::object{{"remedy", attempt.remedy},
                                       {"predicted", printable(attempt.predicted)},
                                       {"forecast_after", attempt.forecast_after},
                                       {"persist", std::move(persist)},
                                       {"mitigates", attempt.mitigates},
                                       {"notes", texts(attempt.notes)},
                                       {"because", printable(attempt.because)}});
  }
  json::array first_aid;
  for (const auto& step : plan.first_aid) first_aid.emplace_back(step_to_json(step));
  return {{"id", plan.id},
          {"cause", plan.cause},
          {"rule", plan.rule},
          {"first_aid", std::move(first_aid)},
          {"steps", std::move(steps)},
          {"attempts", std::move(attempts)},
          {"proof", texts(plan.proof)}};
}

}  // namespace forkmend::engine
