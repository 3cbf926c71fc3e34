// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// With the real Alertmanager on loopback.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <optional>
#include <string>

#include "agent/notify/example_message.hpp"
#include "agent/notify/running_notifier.hpp"
#include "support/lab/program.hpp"
#include "support/lab/redis_server.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::notify {
namespace {

using namespace std::chrono_literals;
using ::forkmend::testing::end_program;
using ::forkmend::testing::example_message;
using ::forkmend::testing::free_port;
using ::forkmend::testing::run_program;
using ::forkmend::testing::RunningNotifier;
using ::forkmend::testing::start_program;
using ::forkmend::testing::TempDir;

/// Its API is ready when the constructor returns.
class Alertmanager {
 public:
  Alertmanager() : port_(free_port()) {
    testing::write_tree(dir_.path(), {{"/am.yml",
                                       "route: {receiver: nobody}\n"
                                       "receivers: [{name: nobody}]\n"}});
    start();
  }
  ~Alertmanager() { end_program(pid_); }
  Alertmanager(const Alertmanager&) = delete;
  Alertmanager& operator=(const Alertmanager&) = delete;

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  void restart() {
    end_program(pid_);
    start();
  }

  /// Alerts by name, or nullopt while nobody answers. Resolved ones are not among the active.
  [[nodiscard]] std::optional<std::vector<std::string>> active() const {
    const auto got =
        run_program({"amtool", "--alertmanager.url=" + url(), "alert", "query", "-o", "json"});
    if (got.exit_code != 0) return std::nullopt;
    std::vector<std::string> names;
    const auto alerts = boost::json::parse(got.out);
    for (const auto& alert : alerts.as_array()) {
      names.emplace_back(alert.at("labels").at("alertname").as_string());
    }
    std::ranges::sort(names);
    return names;
  }

  /// Asks until the active alerts are these; what they were last.
  [[nodiscard]] std::vector<std::string> wait_for(const std::vector<std::string>& expected) const {
    const auto until = std::chrono::steady_clock::now() + 30s;
    std::optional<std::vector<std::string>> seen;
    while (seen != expected && std::chrono::steady_clock::now() < until) seen = active();
    return seen.value_or(std::vector<std::string>{"(no answer)"});
  }

 private:
  void start() {
    pid_ = start_program(
        {"prometheus-alertmanager", "--config.file=" + (dir_.path() / "am.yml").string(),
         "--storage.path=" + (dir_.path() / "data").string(),
         "--web.listen-address=127.0.0.1:" + std::to_string(port_), "--cluster.listen-address="});
    const auto until = std::chrono::steady_clock::now() + 30s;
    while (!active() && std::chrono::steady_clock::now() < until) {
    }
  }

  TempDir dir_;
  int port_;
  pid_t pid_ = -1;
};

const std::vector<std::string> both_alerts = {"ForkmendNeedsPerson", "ForkmendSaveFailing"};
const std::vector<std::string> failing_only = {"ForkmendSaveFailing"};
const std::vector<std::string> no_alerts;

TEST(AlertmanagerItself, SeesAlertsFireAndResolve) {
  const Alertmanager alertmanager;
  const TempDir state;
  RunningNotifier notifier(state.path().string(),
                           {{.type = NotifierType::alertmanager, .url = alertmanager.url()}},
                           testing::fast_schedule());
  notifier.send(example_message(IncidentStage::open));
  EXPECT_EQ(alertmanager.wait_for(failing_only), failing_only);
  notifier.send(example_message(IncidentStage::not_healed));
  EXPECT_EQ(alertmanager.wait_for(both_alerts), both_alerts);
  notifier.send(example_message(IncidentStage::healed));
  EXPECT_EQ(alertmanager.wait_for(no_alerts), no_alerts);
  EXPECT_EQ(notifier.counts().sent, 3U);
  EXPECT_EQ(notifier.counts().refused, 0U);
}

TEST(AlertmanagerItself, IsToldAgainAfterItsRestart) {
  Alertmanager alertmanager;
  const TempDir state;
  DeliverySchedule schedule = testing::fast_schedule();
  schedule.repeat_alerts = 500ms;
  RunningNotifier notifier(state.path().string(),
                           {{.type = NotifierType::alertmanager, .url = alertmanager.url()}},
                           schedule);
  notifier.send(example_message(IncidentStage::open));
  EXPECT_EQ(alertmanager.wait_for(failing_only), failing_only);
  alertmanager.restart();  // keeps no alerts
  EXPECT_EQ(alertmanager.wait_for(failing_only), failing_only);
}

}  // namespace
}  // namespace forkmend::notify
