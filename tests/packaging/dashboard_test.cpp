// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <regex>
#include <string>
#include <vector>

#include "packaging/metric_names.hpp"
#include "support/lab/program.hpp"

namespace forkmend::testing {
namespace {

/// Of panels and of variables, in the order of the file.
void collect_queries(const boost::json::value& value, std::vector<std::string>& queries) {
  if (const auto* list = value.if_array()) {
    for (const auto& one : *list) collect_queries(one, queries);
  }
  const auto* object = value.if_object();
  if (object == nullptr) return;
  for (const auto& member : *object) {
    const bool is_query = member.key() == "expr" || member.key() == "definition";
    if (is_query) queries.emplace_back(member.value().as_string());
    collect_queries(member.value(), queries);
  }
}

std::vector<std::string> dashboard_queries() {
  const std::string text = read_file(source_file("packaging/grafana/forkmend.json"));
  std::vector<std::string> queries;
  collect_queries(boost::json::parse(text), queries);
  return queries;
}

TEST(Dashboard, EveryQueryNamesWhatThereIs) {
  const auto queries = dashboard_queries();
  EXPECT_GE(queries.size(), 20U);
  for (const std::string& query : queries) {
    EXPECT_EQ(unknown_names(query), std::vector<std::string>{}) << query;
  }
  EXPECT_EQ(unknown_names("forkmend_nothing + forkmend_paused{colour=\"red\"}"),
            (std::vector<std::string>{"forkmend_nothing", "forkmend_paused{colour}"}));
}

TEST(Dashboard, EveryQueryIsOneForPrometheus) {
  std::string rules = "groups:\n  - name: dashboard\n    rules:\n";
  for (const std::string& query : dashboard_queries()) {
    if (query.starts_with("label_values(")) continue;  // Grafana's own
    // In YAML's single quotes a quote is doubled; queries have none.
    rules += "      - record: dashboard:query\n        expr: '" + query +
             "'\n        labels: {query: '" + std::to_string(rules.size()) + "'}\n";
  }
  EXPECT_EQ(promtool({"check", "rules"}, rules), "");
}

TEST(Dashboard, ShowsEveryMetricOfOurs) {
  std::string all;
  for (const std::string& query : dashboard_queries()) all += query + "\n";
  for (const auto& [name, labels] : known_metrics()) {
    const std::string base = std::regex_replace(name, std::regex("_(bucket|sum|count)$"), "");
    const bool hidden =
        base == "forkmend_server_info" || base == "forkmend_audit_timestamp_seconds" ||
        base == "forkmend_last_poll_timestamp_seconds" || base.starts_with("process_");
    EXPECT_TRUE(hidden || all.find(base) != std::string::npos) << name;
  }
}

}  // namespace
}  // namespace forkmend::testing
