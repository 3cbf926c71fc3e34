// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "diagnosis/diagnosis.hpp"
#include "engine/heal.hpp"
#include "engine/observe.hpp"
#include "engine/plan.hpp"
#include "forecast/forecast.hpp"

namespace forkmend::engine {

/// The parts of every JSON document; spelling and units as in tests/schema/forkmend.schema.json.
/// Text of servers and logs is made printable: JSON escapes control characters, but a terminal that
/// shows a decoded string does not.
[[nodiscard]] boost::json::object to_json(const forecast::Forecast& forecast);
[[nodiscard]] boost::json::object to_json(const diagnosis::Failure& failure);
[[nodiscard]] boost::json::object to_json(const diagnosis::Cause& cause);
[[nodiscard]] boost::json::object to_json(const Verification& verification);
[[nodiscard]] boost::json::object to_json(const ChangeRecord& change);
[[nodiscard]] boost::json::object to_json(const HealOutcome& outcome);
[[nodiscard]] boost::json::array to_json(const FactSet& facts);

/// endpoint, local, pid, flavour, version, role, failing, failures, causes, ruled_out, forecast,
/// consequences, advice.
[[nodiscard]] boost::json::object instance_json(const ObservedInstance& instance);

/// A plan as documents show it: id, rule, attempts with their steps, predicted.
[[nodiscard]] boost::json::object plan_json(const Plan& plan);

}  // namespace forkmend::engine
