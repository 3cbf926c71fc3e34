// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>

namespace forkmend::testing {

/// Figures with the goal beside each, as rows of a markdown table on standard output.
class Goals {
 public:
  /// Prints a heading and begins a table.
  void section(const std::string& title);
  void at_most(const std::string& what, double figure, double goal, const std::string& unit);
  void at_least(const std::string& what, double figure, double goal, const std::string& unit);
  /// One that has no goal.
  void tell(const std::string& what, double figure, const std::string& unit);

  [[nodiscard]] int missed() const { return missed_; }

 private:
  void row(const std::string& what, double figure, const std::string& unit, const std::string& goal,
           const std::string& verdict);
  int missed_ = 0;
};

}  // namespace forkmend::testing
