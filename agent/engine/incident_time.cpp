// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// How far apart incidents are. Wall time is all that holds over a reboot, and somebody may set it;
// within one boot of the host its own clock is asked, which counts through suspend and never jumps.
#include "engine/incident_time.hpp"

#include "base/text.hpp"
#include "engine/journal_impl.hpp"
#include "host/root.hpp"

namespace forkmend::engine {

std::string boot_id() {
  const auto text = host::Root().read("/proc/sys/kernel/random/boot_id");
  return text ? std::string(trim(*text)) : std::string();
}

std::chrono::nanoseconds ended_ago(const IncidentRecord& incident, Now now) {
  const auto& boot = incident.closed ? incident.closed_boot : incident.opened_boot;
  if (boot) return now.boot - *boot;
  return now.wall - incident.closed.value_or(incident.opened);
}

IncidentOrder order_of(const IncidentRecord& incident) {
  if (incident.opened_boot) return {true, *incident.opened_boot};
  return {false, incident.opened.time_since_epoch()};
}

std::chrono::nanoseconds apart(const IncidentRecord& first, const IncidentRecord& second) {
  if (first.opened_boot && second.opened_boot) return *second.opened_boot - *first.opened_boot;
  return second.opened - first.opened;
}

}  // namespace forkmend::engine
