// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "notify/alerts.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.hpp"
#include "base/units.hpp"

namespace forkmend::notify {

namespace json = boost::json;

namespace {

/// Alertmanager refuses a label without a value.
void set_label(json::object& labels, std::string_view name, std::string_view value) {
  if (!value.empty()) labels[name] = printable(value);
}

json::object labels_of(const IncidentMessage& message, std::string_view alert) {
  json::object labels{{"alertname", alert},
                      {"severity", alert == kAlertPerson ? "critical" : "warning"}};
  set_label(labels, "host", message.host);
  set_label(labels, "server", message.instance);
  set_label(labels, "cause", message.cause);
  return labels;
}

json::object alert_of(const IncidentMessage& message, std::string_view alert, WallTime ends) {
  // An alert cannot end before it began: a clock may have been set back between the two.
  const WallTime starts = std::min(message.opened, ends);
  return {{"labels", labels_of(message, alert)},
          {"annotations",
           {{"summary", printable(message.summary, kMaxText)},
            {"incident", printable(message.id)},
            {"state", std::string(to_string(message.stage))},
            {"kind", printable(message.kind)}}},
          {"startsAt", format_time(starts)},
          {"endsAt", format_time(ends)}};
}

}  // namespace

std::string alerts_body(std::span<const IncidentMessage> messages, WallTime now,
                        std::chrono::milliseconds firing_for) {
  json::array alerts;
  for (const IncidentMessage& message : messages) {
    const bool over = is_over(message.stage);
    // What a wrong clock has put into the future would go on firing until then.
    const WallTime ends = over ? std::min(message.at, now) : now + firing_for;
    alerts.push_back(alert_of(message, kAlertFailing, ends));
    if (over || needs_person(message.stage)) {
      alerts.push_back(alert_of(message, kAlertPerson, ends));
    }
  }
  return json::serialize(alerts);
}

bool same_alert(const IncidentMessage& one, const IncidentMessage& other) {
  return one.host == other.host && one.instance == other.instance && one.cause == other.cause;
}

}  // namespace forkmend::notify
