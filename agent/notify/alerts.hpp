// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "notify/message.hpp"

namespace forkmend::notify {

/// Two alerts stand for an incident, so that their labels never change: ForkmendSaveFailing while
/// it lasts, and ForkmendNeedsPerson (severity critical) once nothing more happens by itself.
inline constexpr std::string_view kAlertFailing = "ForkmendSaveFailing";
inline constexpr std::string_view kAlertPerson = "ForkmendNeedsPerson";

/// Pure. The body of POST /api/v2/alerts that fires and resolves what these messages say: the last
/// stage of each incident. What fires ends by itself at `now` + `firing_for` unless it is told
/// again; what is over ends at the message's time. The incident's id is an annotation, not a label:
/// the same failure tried again is the same alert.
[[nodiscard]] std::string alerts_body(std::span<const IncidentMessage> messages, WallTime now,
                                      std::chrono::milliseconds firing_for);

/// What makes two messages the same alert.
[[nodiscard]] bool same_alert(const IncidentMessage& one, const IncidentMessage& other);

}  // namespace forkmend::notify
