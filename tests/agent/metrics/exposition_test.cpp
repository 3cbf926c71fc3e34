// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "metrics/exposition.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

namespace forkmend::metrics {
namespace {

constexpr Family kRiskOfTest{"risk_seconds", MetricType::gauge, "How long."};

TEST(Exposition, AFamilyHasHelpTypeAndSamples) {
  Exposition out;
  out.begin(kRiskOfTest);
  out.sample({}, 2.5);
  out.sample({{"server", "redis://127.0.0.1:6379"}, {"rule", "OC2"}}, -4096);
  EXPECT_EQ(out.take(),
            "# HELP risk_seconds How long.\n"
            "# TYPE risk_seconds gauge\n"
            "risk_seconds 2.5\n"
            "risk_seconds{server=\"redis://127.0.0.1:6379\",rule=\"OC2\"} -4096\n");
}

TEST(Exposition, WhatComesFromAServerCannotBreakTheFormat) {
  Exposition out;
  out.begin(kRiskOfTest);
  out.sample({{"server", "a\"b\\c\n5\x1b[31m\xff"}}, 1);
  const std::string text = out.take();
  const std::string sample = text.substr(text.find("risk_seconds{"));
  // printable() makes "\\n" of the newline and "\\x1b" of the escape; the format doubles
  // backslashes.
  EXPECT_EQ(sample, "risk_seconds{server=\"a\\\"b\\\\c\\\\n5\\\\x1b[31m\\\\xff\"} 1\n");
}

TEST(Exposition, AStateIsOneOfItsSeries) {
  constexpr std::array<std::string_view, 2> kWords = {"ok", "failing"};
  Exposition out;
  out.begin(kRiskOfTest);
  out.state({{"server", "s"}}, "state", kWords, "failing");
  const std::string text = out.take();
  EXPECT_NE(text.find("{server=\"s\",state=\"ok\"} 0\n"), std::string::npos) << text;
  EXPECT_NE(text.find("{server=\"s\",state=\"failing\"} 1\n"), std::string::npos) << text;
}

TEST(Exposition, BucketsOfAHistogramAddUp) {
  Histogram took({0.5, 1});
  took.observe(0.5);
  took.observe(0.75);
  took.observe(20);
  Exposition out;
  out.begin({"took_seconds", MetricType::histogram, "How long."});
  out.histogram(took);
  EXPECT_EQ(out.take(),
            "# HELP took_seconds How long.\n"
            "# TYPE took_seconds histogram\n"
            "took_seconds_bucket{le=\"0.5\"} 1\n"
            "took_seconds_bucket{le=\"1\"} 2\n"
            "took_seconds_bucket{le=\"+Inf\"} 3\n"
            "took_seconds_sum 21.25\n"
            "took_seconds_count 3\n");
}

TEST(Exposition, NumbersReadBackAsTheyWere) {
  EXPECT_EQ(format_sample(0), "0");
  EXPECT_EQ(format_sample(1764194589.125), "1764194589.125");
  EXPECT_EQ(format_sample(9007199254740992.0), "9007199254740992");
  EXPECT_EQ(format_sample(0.1), "0.1");
  EXPECT_EQ(format_sample(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(format_sample(std::nan("")), "NaN");
}

}  // namespace
}  // namespace forkmend::metrics
