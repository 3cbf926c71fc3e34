// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "daemon/instance_state.hpp"
#include "engine/observe.hpp"
#include "engine/plan.hpp"
#include "policy/policy.hpp"

namespace forkmend::daemon {

/// The beginning of an incident: the server's own answer that its saves fail. Why is found out
/// after.
struct Detection {
  Now at;
  std::string incident;  ///< its id; recorded once something is to be done
};

/// How a failure came to our notice.
struct Notice {
  EventSource source = EventSource::discovery;
  std::optional<std::chrono::microseconds> delay;  ///< as IncidentNews::detection_delay
  policy::Trigger trigger = policy::Trigger::failure;
  std::string host_incident = {};  ///< engine::HealOptions::host_incident
  std::optional<Detection> detection = {};
};

/// "noticed by server-log after 2 ms"
[[nodiscard]] std::string to_string(const Notice& notice);

/// For the log: what is the matter, the cause, and who noticed it.
[[nodiscard]] std::string describe(const engine::ObservedInstance& instance, const Notice& notice,
                                   const engine::Plan& plan);

/// The incident as it begins.
[[nodiscard]] IncidentNews news_of(const engine::ObservedInstance& instance, const Notice& notice,
                                   const engine::Plan& plan);

/// The first strain of a local server that a rule of the policy acts on; nullptr: none. Points into
/// `instance`.
[[nodiscard]] const diagnosis::Cause* strain_to_mend(const engine::ObservedInstance& instance,
                                                     const policy::Policy& policy);

/// What makes two looks the same failure: cause, kind and the last good save.
[[nodiscard]] std::string failure_signature(const engine::ObservedInstance& instance);

}  // namespace forkmend::daemon
