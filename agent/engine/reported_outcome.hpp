// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace forkmend::engine {

/// Part "outcome" of an incident's report as the journal keeps it; what it does not say is empty.
class ReportedOutcome {
 public:
  explicit ReportedOutcome(const std::string& report);
  ReportedOutcome(const ReportedOutcome&) = delete;
  ReportedOutcome& operator=(const ReportedOutcome&) = delete;

  /// To be changed; nullptr where there is none.
  [[nodiscard]] boost::json::object* object() { return outcome_; }
  [[nodiscard]] const boost::json::value& report() const { return report_; }

  /// "healed_by", "state", ...
  [[nodiscard]] std::string text(std::string_view key) const;
  [[nodiscard]] bool is_true(std::string_view key) const;
  /// nullptr where it is no list.
  [[nodiscard]] const boost::json::array* list(std::string_view key) const;

 private:
  [[nodiscard]] const boost::json::value* member(std::string_view key) const;

  boost::json::value report_;
  boost::json::object* outcome_ = nullptr;
};

/// "" where `value` is no text; nullptr: neither.
[[nodiscard]] std::string text_or_nothing(const boost::json::value* value);

}  // namespace forkmend::engine
