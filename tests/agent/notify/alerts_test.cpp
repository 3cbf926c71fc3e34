// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "notify/alerts.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <vector>

#include "agent/notify/example_message.hpp"
#include "base/units.hpp"

namespace forkmend::notify {
namespace {

using ::forkmend::testing::example_message;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr WallTime kTold{seconds(1764194589)};

boost::json::array alerts_at(const IncidentMessage& message, WallTime now) {
  const std::vector<IncidentMessage> messages = {message};
  return boost::json::parse(alerts_body(messages, now, minutes(5))).as_array();
}

std::string text(const boost::json::value& alert, const std::string& pointer) {
  return boost::json::value_to<std::string>(alert.at_pointer(pointer));
}

TEST(Alerts, AFailureFiresAsAWarning) {
  const auto alerts = alerts_at(example_message(IncidentStage::open, kTold), kTold);
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_EQ(text(alerts[0], "/labels/alertname"), "ForkmendSaveFailing");
  EXPECT_EQ(text(alerts[0], "/labels/severity"), "warning");
  EXPECT_EQ(text(alerts[0], "/labels/host"), "db7");
  EXPECT_EQ(text(alerts[0], "/labels/server"), "redis://127.0.0.1:6379");
  EXPECT_EQ(text(alerts[0], "/labels/cause"), "nproc-limit");
  EXPECT_EQ(text(alerts[0], "/annotations/incident"), "i-20261125T171727-a96f");
  EXPECT_EQ(text(alerts[0], "/startsAt"), format_time(kTold - seconds(2)));
  EXPECT_EQ(text(alerts[0], "/endsAt"), format_time(kTold + minutes(5)));
}

TEST(Alerts, WhatIsNotHealedAsksForAPerson) {
  const auto alerts = alerts_at(example_message(IncidentStage::not_healed, kTold), kTold);
  ASSERT_EQ(alerts.size(), 2U);
  EXPECT_EQ(text(alerts[1], "/labels/alertname"), "ForkmendNeedsPerson");
  EXPECT_EQ(text(alerts[1], "/labels/severity"), "critical");
  EXPECT_EQ(text(alerts[1], "/annotations/state"), "not-healed");
}

TEST(Alerts, TheEndResolvesBothUnderTheSameLabels) {
  const auto fired = alerts_at(example_message(IncidentStage::not_healed, kTold), kTold);
  IncidentMessage healed = example_message(IncidentStage::healed, kTold + seconds(30));
  healed.id = "i-20261125T171757-0001";  // a later try
  const auto resolved = alerts_at(healed, kTold + seconds(31));
  ASSERT_EQ(resolved.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(resolved[i].at("labels"), fired[i].at("labels"));
    EXPECT_EQ(text(resolved[i], "/endsAt"), format_time(kTold + seconds(30)));
  }
}

TEST(Alerts, AClockThatWasSetBackMakesNoAlertThatEndsBeforeItBegins) {
  const auto alerts = alerts_at(example_message(IncidentStage::healed, kTold), kTold - minutes(60));
  EXPECT_LE(text(alerts[0], "/startsAt"), text(alerts[0], "/endsAt"));
  EXPECT_EQ(text(alerts[0], "/endsAt"), format_time(kTold - minutes(60)));
}

TEST(Alerts, ALabelWithoutValueIsLeftOut) {
  IncidentMessage message = example_message(IncidentStage::open, kTold);
  message.host.clear();
  const auto alerts = alerts_at(message, kTold);
  EXPECT_FALSE(alerts[0].at("labels").as_object().contains("host"));
}

}  // namespace
}  // namespace forkmend::notify
