// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/reported_outcome.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

namespace forkmend::engine {

namespace json = boost::json;

std::string text_or_nothing(const json::value* value) {
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(*text);
}

ReportedOutcome::ReportedOutcome(const std::string& report) {
  json::error_code failure;
  report_ = json::parse(report, failure);
  json::object* whole = failure ? nullptr : report_.if_object();
  json::value* part = whole == nullptr ? nullptr : whole->if_contains("outcome");
  outcome_ = part == nullptr ? nullptr : part->if_object();
}

const json::value* ReportedOutcome::member(std::string_view key) const {
  return outcome_ == nullptr ? nullptr : outcome_->if_contains(key);
}

std::string ReportedOutcome::text(std::string_view key) const {
  return text_or_nothing(member(key));
}

bool ReportedOutcome::is_true(std::string_view key) const {
  const json::value* value = member(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

const json::array* ReportedOutcome::list(std::string_view key) const {
  const json::value* value = member(key);
  return value == nullptr ? nullptr : value->if_array();
}

}  // namespace forkmend::engine
