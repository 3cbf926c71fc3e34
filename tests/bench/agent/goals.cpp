// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "bench/agent/goals.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace forkmend::testing {

namespace {

std::string in_three_digits(double figure) {
  std::array<char, 32> text{};
  const int decimals = std::abs(figure) < 1 ? 4 : std::abs(figure) < 100 ? 2 : 0;
  std::snprintf(text.data(), text.size(), "%.*f", decimals, figure);
  return text.data();
}

}  // namespace

void Goals::section(const std::string& title) {
  std::printf("\n### %s\n\n| what | figure | goal | |\n|---|---|---|---|\n", title.c_str());
}

void Goals::row(const std::string& what, double figure, const std::string& unit,
                const std::string& goal, const std::string& verdict) {
  std::printf("| %s | %s %s | %s | %s |\n", what.c_str(), in_three_digits(figure).c_str(),
              unit.c_str(), goal.c_str(), verdict.c_str());
  std::fflush(stdout);
}

void Goals::at_most(const std::string& what, double figure, double goal, const std::string& unit) {
  const bool met = figure <= goal;
  if (!met) ++missed_;
  row(what, figure, unit, "at most " + in_three_digits(goal), met ? "pass" : "FAIL");
}

void Goals::at_least(const std::string& what, double figure, double goal, const std::string& unit) {
  const bool met = figure >= goal;
  if (!met) ++missed_;
  row(what, figure, unit, "at least " + in_three_digits(goal), met ? "pass" : "FAIL");
}

void Goals::tell(const std::string& what, double figure, const std::string& unit) {
  row(what, figure, unit, "", "");
}

}  // namespace forkmend::testing
