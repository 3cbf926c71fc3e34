// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <boost/algorithm/string/erase.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <utility>

#include "engine/json_fields.hpp"
#include "engine/step_json.hpp"

namespace forkmend::engine {

namespace json = boost::json;
using remediations::Step;

namespace {

json::array steps_to_json(const std::vector<Step>& steps) {
  json::array out;
  for (const Step& step : steps) out.emplace_back(step_to_json(step));
  return out;
}

json::array texts_to_json(const std::vector<std::string>& texts) {
  json::array out;
  for (const std::string& text : texts) out.emplace_back(text_to_json(text));
  return out;
}

json::object attempt_to_json(const Attempt& attempt) {
  return {{"remedy", text_to_json(attempt.remedy)},
          {"steps", steps_to_json(attempt.steps)},
          {"persist", steps_to_json(attempt.persist)},
          {"predicted", text_to_json(attempt.predicted)},
          {"forecast_after", text_to_json(attempt.forecast_after)},
          {"notes", texts_to_json(attempt.notes)},
          {"mitigates", attempt.mitigates},
          {"because", text_to_json(attempt.because)}};
}

/// Reads an array of which each element goes through `read_one`.
template <class T, class ReadOne>
void read_array(JsonFields& fields, std::string_view key, std::vector<T>& out, ReadOne read_one) {
  const json::value* value = fields.find(key);
  if (value == nullptr) return;
  if (!value->is_array()) return fields.fail(key, "an array");
  for (const json::value& element : value->get_array()) {
    Result<T> one = read_one(element);
    if (!one) return fields.take(one.error().during("reading \"" + std::string(key) + "\""));
    out.push_back(*std::move(one));
  }
}

Result<Attempt> attempt_from_json(const json::value& value) {
  Attempt attempt;
  JsonFields fields(value);
  fields.require("remedy", attempt.remedy);
  read_array(fields, "steps", attempt.steps, step_from_json);
  read_array(fields, "persist", attempt.persist, step_from_json);
  fields.read("predicted", attempt.predicted);
  fields.read("forecast_after", attempt.forecast_after);
  read_array(fields, "notes", attempt.notes, text_from_json);
  fields.read("mitigates", attempt.mitigates);
  fields.read("because", attempt.because);
  const auto outcome = fields.outcome();
  if (!outcome) return outcome.error();
  return attempt;
}

Result<RefusedRemedy> refused_from_json(const json::value& value) {
  RefusedRemedy refused;
  JsonFields fields(value);
  fields.require("remedy", refused.remedy);
  fields.read("because", refused.because);
  const auto outcome = fields.outcome();
  if (!outcome) return outcome.error();
  return refused;
}

/// What the step would do, without the sentences and the predictions.
json::object essence(const Step& step) {
  json::object all = step_to_json(step);
  for (const auto* key : {"target", "shell", "undo", "why", "effects"}) all.erase(key);
  return all;
}

json::array essence(const std::vector<Step>& steps) {
  json::array out;
  for (const Step& step : steps) out.emplace_back(essence(step));
  return out;
}

/// The first six bytes of the SHA-1, in hex: for a name, not a seal. OpenSSL's takes two
/// milliseconds to get ready.
std::string short_digest(std::string_view text) {
  const boost::uuids::name_generator_sha1 name(boost::uuids::ns::oid());
  return boost::algorithm::erase_all_copy(to_string(name(text.data(), text.size())), "-")
      .substr(0, 12);
}

}  // namespace

json::object plan_to_json(const Plan& plan) {
  json::array attempts;
  for (const Attempt& attempt : plan.attempts) attempts.emplace_back(attempt_to_json(attempt));
  json::array refused;
  for (const RefusedRemedy& remedy : plan.refused) {
    refused.emplace_back(json::object{{"remedy", text_to_json(remedy.remedy)},
                                      {"because", text_to_json(remedy.because)}});
  }
  return {{"id", text_to_json(plan.id)},
          {"instance", text_to_json(plan.instance)},
          {"pid", plan.pid},
          {"cause", text_to_json(plan.cause)},
          {"rule", text_to_json(plan.rule)},
          {"first_aid", steps_to_json(plan.first_aid)},
          {"attempts", std::move(attempts)},
          {"refused", std::move(refused)},
          {"advice", texts_to_json(plan.advice)},
          {"proof", texts_to_json(plan.proof)}};
}

Result<Plan> plan_from_json(std::string_view text) {
  json::error_code failure;
  const json::value value = json::parse({text.data(), text.size()}, failure);
  if (failure) return Error{Errc::parse, "reading a plan: " + failure.message()};
  Plan plan;
  JsonFields fields(value);
  fields.require("id", plan.id);
  fields.require("instance", plan.instance);
  fields.read("pid", plan.pid);
  fields.require("cause", plan.cause);
  fields.read("rule", plan.rule);
  read_array(fields, "first_aid", plan.first_aid, step_from_json);
  read_array(fields, "attempts", plan.attempts, attempt_from_json);
  read_array(fields, "refused", plan.refused, refused_from_json);
  read_array(fields, "advice", plan.advice, text_from_json);
  read_array(fields, "proof", plan.proof, text_from_json);
  const auto outcome = fields.outcome();
  if (!outcome) return outcome.error().during("reading a plan");
  return plan;
}

std::string plan_id(const Plan& plan, std::string_view inputs) {
  json::array attempts;
  for (const Attempt& attempt : plan.attempts) {
    attempts.emplace_back(json::object{{"remedy", text_to_json(attempt.remedy)},
                                       {"steps", essence(attempt.steps)},
                                       {"persist", essence(attempt.persist)},
                                       {"mitigates", attempt.mitigates}});
  }
  // Members keep the order in which they are written here: the text is canonical.
  const json::array canonical = {
      text_to_json(inputs),     text_to_json(plan.instance), plan.pid,
      text_to_json(plan.cause), text_to_json(plan.rule),     essence(plan.first_aid),
      std::move(attempts)};
  return "p-" + short_digest(json::serialize(canonical));
}

}  // namespace forkmend::engine
