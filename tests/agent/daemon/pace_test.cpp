// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/pace.hpp"

#include <gtest/gtest.h>

namespace forkmend::daemon {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr double kMiddle = 0.5;  // of the jitter: none

TEST(PollPace, KeepsTheIntervalWithinATenth) {
  const PollPace pace;
  EXPECT_EQ(pace.next(seconds(1), nanoseconds(0), kMiddle), seconds(1));
  EXPECT_EQ(pace.next(seconds(1), nanoseconds(0), 0.0), milliseconds(900));
  EXPECT_LT(pace.next(seconds(1), nanoseconds(0), 0.999), milliseconds(1100));
}

TEST(PollPace, IsFasterForAWhileAfterTrouble) {
  PollPace pace;
  pace.on_trouble(seconds(100));
  EXPECT_EQ(pace.next(seconds(1), seconds(100), kMiddle), milliseconds(250));
  EXPECT_EQ(pace.next(seconds(1), seconds(131), kMiddle), seconds(1));
  EXPECT_EQ(pace.next(milliseconds(200), seconds(100), kMiddle), milliseconds(100));
  EXPECT_EQ(pace.next(milliseconds(50), seconds(100), kMiddle), milliseconds(50));
}

TEST(PollPace, WaitsLongerForWhoDoesNotAnswer) {
  PollPace pace;
  const auto next = [&pace] { return pace.next(seconds(1), nanoseconds(0), kMiddle); };
  pace.on_silence();
  EXPECT_EQ(next(), seconds(1));
  pace.on_silence();
  EXPECT_EQ(next(), seconds(2));
  for (int more = 0; more < 100; ++more) pace.on_silence();
  EXPECT_EQ(next(), seconds(10));
  EXPECT_EQ(pace.next(seconds(60), nanoseconds(0), kMiddle), seconds(60));
  pace.on_answer();
  EXPECT_EQ(next(), seconds(1));
}

TEST(LookPace, BeginsAtOnceAndGrowsWhileNothingIsNew) {
  LookPace pace;
  EXPECT_EQ(pace.ready_at(), nanoseconds(0));
  pace.on_look(seconds(1), LookPace::Found::nothing);
  EXPECT_EQ(pace.ready_at(), milliseconds(1250));
  pace.on_look(seconds(2), LookPace::Found::nothing);
  EXPECT_EQ(pace.ready_at(), milliseconds(2500));
  for (int more = 0; more < 100; ++more) pace.on_look(seconds(3), LookPace::Found::nothing);
  EXPECT_EQ(pace.ready_at(), seconds(13));
  pace.on_look(seconds(20), LookPace::Found::news);
  EXPECT_EQ(pace.ready_at(), milliseconds(20250));
}

}  // namespace
}  // namespace forkmend::daemon
