// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>

#include "agent/metrics/example_state.hpp"
#include "packaging/metric_names.hpp"
#include "support/lab/program.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {
namespace {

const std::string rules_file = "packaging/prometheus/forkmend.rules.yml";
const std::string rule_tests_file = "tests/packaging/forkmend.rules.test.yml";

/// promtool reads metrics from its input.
std::string check_metrics(const std::string& page) {
  const TempDir dir;
  write_tree(dir.path(), {{"/page", page}});
  const auto result = run_program(
      {"sh", "-c", "exec promtool check metrics <\"$0\"", (dir.path() / "page").string()});
  return result.exit_code == 0 ? std::string() : result.out + result.err + " ";
}

std::set<std::string> alerts_in(const std::string& text, const char* key) {
  std::set<std::string> names;
  const std::regex alert(std::string(key) + R"re(:? ?"?(Forkmend[A-Za-z]+))re");
  for (std::sregex_iterator one(text.begin(), text.end(), alert), end; one != end; ++one) {
    names.insert((*one)[1]);
  }
  return names;
}

TEST(Prometheus, TakesThePageWithoutAComplaint) {
  EXPECT_EQ(check_metrics(metrics::render(example_state(), example_counters(), kScraped)), "");
  EXPECT_EQ(check_metrics(metrics::render({}, metrics::Counters{}, kScraped)), "");
  EXPECT_NE(check_metrics("# TYPE bad_counter counter\nbad_counter 1\n"), "");
}

TEST(Prometheus, TheRulesAreRules) {
  const auto checked = run_program({"promtool", "check", "rules", source_file(rules_file)});
  EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
  EXPECT_NE(promtool({"check", "rules"}, "groups: [{name: x, rules: [{alert: y, expr: 'sum('}]}]"),
            "");
}

TEST(Prometheus, EveryQueryOfTheRulesNamesWhatThereIs) {
  const std::string rules = read_file(source_file(rules_file));
  const std::regex expression(R"(\n +expr: ([^\n]+))");
  int queries = 0;
  for (std::sregex_iterator one(rules.begin(), rules.end(), expression), end; one != end; ++one) {
    EXPECT_EQ(unknown_names((*one)[1]), std::vector<std::string>{}) << (*one)[1];
    ++queries;
  }
  EXPECT_GE(queries, 10);
}

TEST(Prometheus, TheAlertsFireWhenTheyShould) {
  const std::string written = read_file(source_file(rule_tests_file));
  const std::string tests =
      std::regex_replace(written, std::regex("@RULES@'"), source_file(rules_file) + "'");
  EXPECT_EQ(promtool({"test", "rules"}, tests), "");
  EXPECT_NE(
      promtool({"test", "rules"},
               std::regex_replace(tests, std::regex("state=\"failing\"\\}"), "state=\"ok\"}")),
      "");
}

TEST(Prometheus, EveryAlertHasATest) {
  const auto tested = alerts_in(read_file(source_file(rule_tests_file)), "alertname[=]?");
  for (const std::string& alert : alerts_in(read_file(source_file(rules_file)), "alert")) {
    EXPECT_TRUE(tested.contains(alert)) << alert;
  }
}

}  // namespace
}  // namespace forkmend::testing
