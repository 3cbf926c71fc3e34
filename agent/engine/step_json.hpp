// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "engine/plan.hpp"
#include "remediations/step.hpp"

namespace forkmend::engine {

/// A step as documents and the journal hold it: remedy, type, target (as people read it), what
/// names the target (name; pid and process_start; endpoint and run_id; afterwards), before, after,
/// scope, risk, needs_root, shell, undo, why, effects. A text that is not UTF-8 becomes
/// {"hex": "..."}, so that every value comes back byte by byte.
[[nodiscard]] boost::json::object step_to_json(const remediations::Step& step);
/// Errors: parse, naming the key.
[[nodiscard]] Result<remediations::Step> step_from_json(const boost::json::value& value);

/// The whole plan; plan_from_json(serialize(plan_to_json(p))) is p.
[[nodiscard]] boost::json::object plan_to_json(const Plan& plan);
/// Errors: parse, naming the key.
[[nodiscard]] Result<Plan> plan_from_json(std::string_view text);

/// "p-" and 12 hex digits of the SHA-1 over `inputs` and what the plan would change: instance,
/// pid, cause, rule and of each step remedy, target, before, after. Sentences for people and
/// predicted facts do not count: they may move between a dry-run and --plan.
[[nodiscard]] std::string plan_id(const Plan& plan, std::string_view inputs);

}  // namespace forkmend::engine
