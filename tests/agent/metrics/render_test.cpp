// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include <string>

#include "agent/metrics/example_state.hpp"
#include "metrics/model.hpp"

namespace forkmend::metrics {
namespace {

using ::forkmend::testing::example_counters;
using ::forkmend::testing::example_state;
using ::forkmend::testing::kScraped;

/// Whether the page has exactly that line.
bool has(const std::string& page, const std::string& line) {
  return ("\n" + page).find("\n" + line + "\n") != std::string::npos;
}

TEST(Render, ShowsWhatIsKnownOfAServer) {
  const std::string page = render(example_state(), example_counters(), kScraped);
  const std::string server = "server=\"redis://127.0.0.1:6379\"";
  for (const std::string& line :
       {"forkmend_server_info{" + server +
            ",flavour=\"redis\",version=\"7.0.15\",role=\"master\"} 1",
        "forkmend_save_state{" + server + ",state=\"failing\"} 1",
        "forkmend_save_state{" + server + ",state=\"ok\"} 0",
        "forkmend_last_good_save_timestamp_seconds{" + server + "} 1764190589",
        "forkmend_data_at_risk_seconds{" + server + "} 4000",
        "forkmend_data_at_risk_changes{" + server + "} 812",
        "forkmend_fork_forecast{" + server + ",verdict=\"refused\"} 1",
        std::string("forkmend_remedy_demoted_tries{remedy=\"thp\",cause=\"commit-limit\"} 3"),
        "forkmend_fork_headroom_bytes{" + server + ",rule=\"OC2\"} -1048576",
        "forkmend_fork_headroom_tasks{" + server + ",rule=\"NPROC\"} 77",
        "forkmend_current_incident{" + server +
            ",cause=\"commit-limit\",state=\"not-healed\"} 1"}) {
    EXPECT_TRUE(has(page, line)) << line << "\n" << page;
  }
}

TEST(Render, WhatIsUnknownGivesNoSample) {
  AgentState state;
  state.instances.push_back(InstanceState{.server = "s"});
  const std::string page = render(state, Counters{}, kScraped);
  EXPECT_TRUE(has(page, "forkmend_server_reachable{server=\"s\"} 0")) << page;
  EXPECT_TRUE(has(page, "forkmend_save_state{server=\"s\",state=\"unknown\"} 1")) << page;
  for (const auto* name :
       {"\nforkmend_data_at_risk_seconds{", "\nforkmend_last_good_save_timestamp_seconds{",
        "\nforkmend_fork_forecast{", "\nforkmend_server_info{", "\nprocess_cpu_seconds_total"}) {
    EXPECT_EQ(page.find(name), std::string::npos) << name;
  }
}

TEST(Render, NothingIsAtRiskWithoutChanges) {
  const std::string page = render(example_state(), Counters{}, kScraped);
  EXPECT_TRUE(has(page, "forkmend_data_at_risk_seconds{server=\"unix:///run/redis.sock\"} 0"))
      << page;
}

TEST(Render, CountsAreAddedUp) {
  Counters counters = example_counters();
  counters.incident("open");
  const std::string page = render({}, counters, kScraped);
  for (const auto* line :
       {"forkmend_save_failures_total{server=\"redis://127.0.0.1:6379\",kind=\"rdb-save\","
        "cause=\"commit-limit\"} 1",
        "forkmend_failures_noticed_total{source=\"server-log\"} 1",
        "forkmend_incidents_total{state=\"open\"} 2",
        "forkmend_remedies_total{remedy=\"overcommit-limit\",outcome=\"not-proven\"} 1",
        "forkmend_verification_duration_seconds_bucket{le=\"0.25\"} 0",
        "forkmend_verification_duration_seconds_bucket{le=\"0.5\"} 1",
        "forkmend_notifications_total{notifier=\"alertmanager\",outcome=\"sent\"} 3"}) {
    EXPECT_TRUE(has(page, line)) << line << "\n" << page;
  }
}

TEST(Render, TheSamePageTwiceIsTheSame) {
  EXPECT_EQ(render(example_state(), example_counters(), kScraped),
            render(example_state(), example_counters(), kScraped));
}

TEST(Counters, AreBoundedWhateverServersSay) {
  Counters counters;
  constexpr std::size_t kMore = Counters::kMostSeries + 50;
  for (std::size_t i = 0; i < kMore; ++i) {
    counters.failure("redis://10.0.0.1:" + std::to_string(i), "rdb-save", "unknown");
  }
  const std::string page = render({}, counters, kScraped);
  EXPECT_TRUE(has(
      page, "forkmend_save_failures_total{server=\"other\",kind=\"other\",cause=\"other\"} 50"));
}

}  // namespace
}  // namespace forkmend::metrics
