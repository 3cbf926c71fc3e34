// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "notify/message.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/text.hpp"
#include "base/units.hpp"

namespace forkmend::notify {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 8> kStages = {"open",      "healed",     "recovered",
                                                     "mitigated", "not-healed", "undo-incomplete",
                                                     "blocked",   "advice"};

Error bad_key(std::string_view key) {
  return Error{Errc::parse, "a message without a usable \"" + std::string(key) + "\""};
}

/// The text of a key; remembers the first one that is missing.
std::string text_of(const json::object& object, std::string_view key,
                    std::optional<Error>& problem) {
  const auto* value = object.if_contains(key);
  if (value != nullptr && value->is_string()) return std::string(value->get_string());
  if (!problem) problem = bad_key(key);
  return {};
}

WallTime time_of(const json::object& object, std::string_view key, std::optional<Error>& problem) {
  const auto time = parse_time(text_of(object, key, problem));
  if (time) return *time;
  if (!problem) problem = bad_key(key);
  return {};
}

IncidentStage stage_of(const json::object& object, std::optional<Error>& problem) {
  const std::string word = text_of(object, "state", problem);
  const auto* found = std::ranges::find(kStages, word);
  if (found != kStages.end()) return static_cast<IncidentStage>(found - kStages.begin());
  if (!problem) problem = bad_key("state");
  return {};
}

}  // namespace

std::string_view to_string(IncidentStage stage) {
  return kStages.at(static_cast<std::size_t>(stage));
}

bool is_over(IncidentStage stage) {
  return stage == IncidentStage::healed || stage == IncidentStage::recovered;
}

bool needs_person(IncidentStage stage) {
  return stage != IncidentStage::open && !is_over(stage);
}

json::object to_json(const IncidentMessage& message) {
  return {{"schema", 1},
          {"id", printable(message.id)},
          {"host", printable(message.host)},
          {"instance", printable(message.instance)},
          {"kind", printable(message.kind)},
          {"cause", printable(message.cause)},
          {"state", std::string(to_string(message.stage))},
          {"summary", printable(message.summary, kMaxText)},
          {"opened", format_time(message.opened)},
          {"at", format_time(message.at)}};
}

Result<IncidentMessage> message_from_json(std::string_view text) {
  boost::system::error_code failure;
  const json::value value = json::parse(text, failure);
  if (failure || !value.is_object()) return Error{Errc::parse, "a message that is no JSON object"};
  const json::object& object = value.get_object();
  std::optional<Error> problem;
  IncidentMessage message{.id = text_of(object, "id", problem),
                          .host = text_of(object, "host", problem),
                          .instance = text_of(object, "instance", problem),
                          .kind = text_of(object, "kind", problem),
                          .cause = text_of(object, "cause", problem),
                          .stage = stage_of(object, problem),
                          .summary = text_of(object, "summary", problem),
                          .opened = time_of(object, "opened", problem),
                          .at = time_of(object, "at", problem)};
  if (problem) return *problem;
  return message;
}

}  // namespace forkmend::notify
