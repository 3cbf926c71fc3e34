// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/headroom_pace.hpp"

#include <gtest/gtest.h>

namespace forkmend::daemon {
namespace {

using std::chrono::seconds;

constexpr std::int64_t kMiB = std::int64_t{1} << 20;
constexpr seconds kRound{10};

forecast::Forecast admitted() {
  forecast::Forecast made;
  made.verdict = forecast::Verdict::admitted;
  made.rules = {{.id = "OC2", .margin = 100 * kMiB, .unit = "bytes"},
                {.id = "MEMCG", .margin = 900 * kMiB, .unit = "bytes"},
                {.id = "NPROC", .margin = 20, .unit = "count"},
                {.id = "DL", .margin = std::nullopt, .unit = "count"}};
  return made;
}

HeadroomSigns signs() {
  return {.server_bytes = 200 * kMiB,
          .committed = 1000 * kMiB,
          .commit_limit = 4000 * kMiB,
          .available = 3000 * kMiB,
          .threads = 300,
          .overcommit = 2};
}

bool is_due(const HeadroomSigns& now) {
  HeadroomPace pace;
  pace.on_forecast(admitted(), signs(), seconds(0));
  return pace.is_due(now, kRound, kRound);
}

TEST(HeadroomPace, WhatWasNeverForecastIsDue) {
  EXPECT_TRUE(HeadroomPace().is_due(signs(), seconds(0), kRound));
}

TEST(HeadroomPace, AForecastStandsWhileLittleMoves) {
  EXPECT_FALSE(is_due(signs()));
  HeadroomSigns now = signs();
  *now.server_bytes += 50 * kMiB;
  *now.committed += 50 * kMiB;
  *now.available -= 50 * kMiB;
  *now.threads += 10;
  EXPECT_FALSE(is_due(now));
}

TEST(HeadroomPace, EachSignThatMovesByHalfOfTheLeastMarginAsksForAnother) {
  HeadroomSigns server = signs();
  *server.server_bytes += 51 * kMiB;
  EXPECT_TRUE(is_due(server));
  HeadroomSigns committed = signs();
  *committed.committed += 51 * kMiB;
  EXPECT_TRUE(is_due(committed));
  HeadroomSigns available = signs();
  *available.available -= 51 * kMiB;
  EXPECT_TRUE(is_due(available));
  HeadroomSigns threads = signs();
  *threads.threads += 11;
  EXPECT_TRUE(is_due(threads));
}

TEST(HeadroomPace, AnotherModeOrLimitAsksForAnother) {
  HeadroomSigns mode = signs();
  mode.overcommit = 0;
  EXPECT_TRUE(is_due(mode));
  HeadroomSigns limit = signs();
  limit.commit_limit = 5000 * kMiB;
  EXPECT_TRUE(is_due(limit));
}

TEST(HeadroomPace, ASignThatIsLostAsksForAnother) {
  HeadroomSigns lost = signs();
  lost.committed.reset();
  EXPECT_TRUE(is_due(lost));
}

TEST(HeadroomPace, NoForecastStandsForEver) {
  HeadroomPace pace;
  pace.on_forecast(admitted(), signs(), seconds(5));
  EXPECT_FALSE(pace.is_due(signs(), seconds(124), kRound));
  EXPECT_TRUE(pace.is_due(signs(), seconds(125), kRound));
}

TEST(HeadroomPace, ARefusalIsForecastAnewEachRound) {
  forecast::Forecast refused = admitted();
  refused.verdict = forecast::Verdict::refused;
  HeadroomPace pace;
  pace.on_forecast(refused, signs(), seconds(5));
  EXPECT_TRUE(pace.is_due(signs(), seconds(6), kRound));
}

TEST(HeadroomPace, WhatIsForgottenIsDue) {
  HeadroomPace pace;
  pace.on_forecast(admitted(), signs(), seconds(5));
  pace.forget();
  EXPECT_TRUE(pace.is_due(signs(), seconds(6), kRound));
}

}  // namespace
}  // namespace forkmend::daemon
