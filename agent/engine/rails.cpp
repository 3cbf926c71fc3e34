// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/rails.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"
#include "engine/incident_time.hpp"
#include "policy/cause_ids.hpp"

namespace forkmend::engine {

namespace {

constexpr std::chrono::hours kBreakerSpan{1};

/// Whether something was tried: otherwise a blocked try would keep its own gate closed for ever.
bool tried_something(const IncidentRecord& incident) {
  switch (incident.state) {
    case IncidentState::open:
    case IncidentState::healed:
    case IncidentState::mitigated:
    case IncidentState::not_healed:
    case IncidentState::undo_incomplete:
    case IncidentState::rolled_back:
      return true;
    case IncidentState::advice:
    case IncidentState::blocked:
      return false;
  }
  return true;
}

std::optional<GateResult> windows_gate(const policy::Rails& rails, Now now) {
  if (rails.windows.empty()) return std::nullopt;
  std::vector<std::string> texts;
  for (const policy::Window& window : rails.windows) {
    const auto open = policy::is_open(window, now.wall);
    if (open && *open) return std::nullopt;
    texts.push_back(open ? window.text : window.text + " (" + open.error().message + ")");
  }
  return GateResult{"windows",
                    "changes are allowed in the windows " + join_words(texts) +
                        " only, and it is " + format_time(now.wall),
                    "windows", "forkmend fix --override windows"};
}

/// Of before the last reboot there is wall time alone. An end that lies ahead of now means that the
/// clock was set back: then nobody knows how long ago it was, and the gate stays closed.
std::optional<GateResult> cooldown_gate(const policy::Rails& rails,
                                        const std::vector<IncidentRecord>& history,
                                        const std::string& instance, const std::string& cause,
                                        Now now) {
  for (const IncidentRecord& incident : history) {
    if (incident.instance != instance || incident.cause != cause) continue;
    if (!tried_something(incident)) continue;
    const auto ago =
        std::chrono::duration_cast<std::chrono::milliseconds>(ended_ago(incident, now));
    if (ago >= rails.cooldown) continue;
    std::string because = ago.count() < 0
                              ? "incident " + incident.id + " ends in the future: the clock jumped"
                              : "incident " + incident.id + " with the same cause ended " +
                                    format_duration(ago) + " ago";
    because += "; the cooldown is " + format_duration(rails.cooldown);
    return GateResult{"cooldown", std::move(because), "cooldown",
                      "forkmend fix --override cooldown"};
  }
  return std::nullopt;
}

/// Incidents that the breaker counts, oldest first: not those that a person has looked at, nor
/// those before them, and each host-wide one once. What was done about strains keeps nobody from
/// mending a save that fails.
std::vector<const IncidentRecord*> counted(const std::vector<IncidentRecord>& history,
                                           const std::string& cause) {
  std::optional<IncidentOrder> looked_at;
  for (const IncidentRecord& incident : history) {
    if (incident.acknowledged) looked_at = std::max(looked_at, std::optional(order_of(incident)));
  }
  std::vector<const IncidentRecord*> all;
  for (const IncidentRecord& incident : history) {
    if (!tried_something(incident) || (looked_at && order_of(incident) <= *looked_at)) {
      continue;
    }
    if (policy::is_strain(incident.cause) && !policy::is_strain(cause)) continue;
    const bool part = !incident.host_incident.empty() && incident.host_incident != incident.id;
    if (!part) all.push_back(&incident);
  }
  std::ranges::sort(all, {}, [](const IncidentRecord* incident) { return order_of(*incident); });
  return all;
}

std::optional<GateResult> breaker_gate(const policy::Rails& rails,
                                       const std::vector<IncidentRecord>& history,
                                       const std::string& cause) {
  const auto all = counted(history, cause);
  const auto most = static_cast<std::size_t>(rails.max_incidents_per_hour);
  for (std::size_t last = most - 1; last < all.size(); ++last) {
    const IncidentRecord& first = *all[last + 1 - most];
    if (apart(first, *all[last]) >= kBreakerSpan) continue;
    return GateResult{"breaker",
                      "this host had " + std::to_string(most) + " incidents within an hour (" +
                          format_time(first.opened) + " to " + format_time(all[last]->opened) +
                          "): something else is wrong, and nothing is done until a person has "
                          "looked",
                      "breaker",
                      "forkmend status ack " + all.back()->id + " --comment \"what was wrong\""};
  }
  return std::nullopt;
}

std::vector<GateResult> closed_gates(const policy::Policy& policy,
                                     const std::vector<IncidentRecord>& history,
                                     const std::string& instance, const std::string& cause,
                                     Now now) {
  std::vector<GateResult> closed;
  const auto keep = [&closed](std::optional<GateResult> gate) {
    if (gate) closed.push_back(std::move(*gate));
  };
  keep(windows_gate(policy.rails, now));
  keep(cooldown_gate(policy.rails, history, instance, cause, now));
  keep(breaker_gate(policy.rails, history, cause));
  return closed;
}

bool is_passed(const GateResult& gate, const std::vector<std::string>& overrides) {
  return !gate.override_name.empty() &&
         std::ranges::find(overrides, gate.override_name) != overrides.end();
}

}  // namespace

std::vector<GateResult> check_gates(const policy::Policy& policy,
                                    const std::vector<IncidentRecord>& history,
                                    const std::string& instance, const std::string& cause, Now now,
                                    const std::vector<std::string>& overrides) {
  auto gates = closed_gates(policy, history, instance, cause, now);
  std::erase_if(gates, [&](const GateResult& gate) { return is_passed(gate, overrides); });
  return gates;
}

std::vector<GateResult> passed_gates(const policy::Policy& policy,
                                     const std::vector<IncidentRecord>& history,
                                     const std::string& instance, const std::string& cause, Now now,
                                     const std::vector<std::string>& overrides) {
  auto gates = closed_gates(policy, history, instance, cause, now);
  std::erase_if(gates, [&](const GateResult& gate) { return !is_passed(gate, overrides); });
  return gates;
}

GateResult stop_file_gate() {
  return {"stop", "the stop file /run/forkmend/stop is there: nothing may be changed", "",
          "rm /run/forkmend/stop"};
}

std::string to_string(const GateResult& gate) {
  if (gate.pass.empty()) return gate.because;
  return gate.because + "; to go on: " + gate.pass;
}

}  // namespace forkmend::engine
