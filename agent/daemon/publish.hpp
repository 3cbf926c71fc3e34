// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// From what was read of a server to what the agent shows of it. Pure.
#pragma once

#include <vector>

#include "base/clock.hpp"
#include "daemon/instance_state.hpp"
#include "diagnosis/diagnosis.hpp"
#include "engine/observe.hpp"
#include "forecast/forecast.hpp"
#include "redis/persistence.hpp"

namespace forkmend::daemon {

/// Each kind and stage once.
[[nodiscard]] std::vector<FailureState> failure_states(const diagnosis::Diagnosis& diagnosis);

/// Of a poll.
void show_poll(InstanceState& state, const redis::Persistence& seen, WallTime now);

void show_forecast(InstanceState& state, const forecast::Forecast& forecast, WallTime now);

/// All that a look found, the forecast included.
void show_look(InstanceState& state, const engine::ObservedInstance& seen);

}  // namespace forkmend::daemon
