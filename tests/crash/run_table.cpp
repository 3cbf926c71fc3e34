// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "crash/run_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string_view>

#include "base/log.hpp"
#include "base/text.hpp"
#include "remediations/remediation.hpp"

namespace forkmend::testing {

namespace {

struct Counts {
  std::map<std::string, int> runs;  ///< by how
  int as_before = 0;
  int as_healed = 0;
  int between = 0;
};

std::map<std::string, Counts>& table() {
  static std::map<std::string, Counts> counts;
  return counts;
}

int sum_of(const Counts& counts) {
  return counts.as_before + counts.as_healed + counts.between;
}

void print_row(const std::string& name, const Counts& counts) {
  std::string how;
  for (const auto& [kind, runs] : counts.runs) {
    how += (how.empty() ? "" : ", ") + std::to_string(runs) + " " + kind;
  }
  std::printf("%-22s %6d %10d %10d %8d   %s\n", name.c_str(), sum_of(counts), counts.as_before,
              counts.as_healed, counts.between, how.c_str());
}

/// Every remedy that has steps was killed in, or the table says nothing.
void expect_every_remedy() {
  for (const remediations::RemediationSpec* spec : remediations::registry()) {
    const std::string id(spec->id);
    if (id == "memory-advice") continue;  // advice has no steps
    EXPECT_TRUE(table().contains(id)) << id << " was never killed";
  }
}

class Report : public ::testing::Environment {
 public:
  void SetUp() override { log::set_level(log::Level::error); }
  void TearDown() override {
    if (table().empty()) return;
    std::printf("%-22s %6s %10s %10s %8s\n", "remedy", "runs", "as before", "as healed", "between");
    Counts total;
    for (const auto& [remedy, counts] : table()) {
      print_row(remedy, counts);
      total.as_before += counts.as_before;
      total.as_healed += counts.as_healed;
      total.between += counts.between;
      for (const auto& [kind, runs] : counts.runs) total.runs[kind] += runs;
    }
    print_row("all", total);
    if (::testing::GTEST_FLAG(filter) == "*") expect_every_remedy();
  }
};

const ::testing::Environment* const report = ::testing::AddGlobalTestEnvironment(new Report);

}  // namespace

void count_run(const std::string& remedy, const std::string& how, Ended ended) {
  Counts& counts = table()[remedy];
  ++counts.runs[how];
  if (ended == Ended::as_before) ++counts.as_before;
  if (ended == Ended::as_healed) ++counts.as_healed;
  if (ended == Ended::between) ++counts.between;
}

namespace {

std::string_view form() {
  const char* named = std::getenv("FORKMEND_CRASH");
  return named != nullptr ? named : "";
}

/// The number that FORKMEND_CRASH is, else what the test says.
std::size_t how_many(std::size_t some) {
  const auto number = parse_integer(form());
  return number && *number > 0 ? static_cast<std::size_t>(*number) : some;
}

}  // namespace

bool every_moment() {
  return form() == "long";
}

std::vector<std::size_t> moments(std::size_t all, std::size_t some, std::size_t turn) {
  const std::size_t stride = every_moment() ? 1 : std::max<std::size_t>(1, all / how_many(some));
  std::vector<std::size_t> chosen;
  for (std::size_t at = turn % stride; at < all; at += stride) chosen.push_back(at);
  return chosen;
}

}  // namespace forkmend::testing
