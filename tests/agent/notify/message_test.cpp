// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "notify/message.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "agent/notify/example_message.hpp"

namespace forkmend::notify {
namespace {

using ::forkmend::testing::example_message;

constexpr auto kStagesOfTest = {IncidentStage::open,       IncidentStage::healed,
                                IncidentStage::recovered,  IncidentStage::mitigated,
                                IncidentStage::not_healed, IncidentStage::undo_incomplete,
                                IncidentStage::blocked,    IncidentStage::advice};

TEST(IncidentMessage, ReadsBackAsItWas) {
  for (const IncidentStage stage : kStagesOfTest) {
    const IncidentMessage message = example_message(stage);
    const auto back = message_from_json(boost::json::serialize(to_json(message)));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, message);
  }
}

TEST(IncidentMessage, TextOfServersIsMadeHarmless) {
  IncidentMessage message = example_message(IncidentStage::open);
  message.summary = "a\x1b[2J\nb" + std::string(kMaxText, 'x');
  const auto json = to_json(message);
  const std::string summary(json.at("summary").as_string());
  EXPECT_TRUE(summary.starts_with("a\\x1b[2J\\nb"));
  EXPECT_LE(summary.size(), kMaxText + 3);
}

TEST(IncidentMessage, SaysWhichKeyIsWrong) {
  const auto missing = message_from_json(R"({"schema": 1, "id": "x"})");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "a message without a usable \"host\"");
  auto json = to_json(example_message(IncidentStage::open));
  json["state"] = "exploded";
  const auto wrong = message_from_json(boost::json::serialize(json));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message, "a message without a usable \"state\"");
  EXPECT_FALSE(message_from_json("{\"id\": "));
  EXPECT_FALSE(message_from_json("[]"));
}

TEST(IncidentMessage, APersonIsNeededWhereNothingMoreHappens) {
  EXPECT_FALSE(needs_person(IncidentStage::open));
  EXPECT_FALSE(needs_person(IncidentStage::healed));
  EXPECT_FALSE(needs_person(IncidentStage::recovered));
  for (const auto stage :
       {IncidentStage::mitigated, IncidentStage::not_healed, IncidentStage::undo_incomplete,
        IncidentStage::blocked, IncidentStage::advice}) {
    EXPECT_TRUE(needs_person(stage)) << to_string(stage);
    EXPECT_FALSE(is_over(stage)) << to_string(stage);
  }
}

}  // namespace
}  // namespace forkmend::notify
