// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/units.hpp"

#include <gtest/gtest.h>

namespace forkmend {
namespace {

using std::chrono::milliseconds;

TEST(Units, ReadsSizesOfPoliciesAndOfRedisConf) {
  EXPECT_EQ(*parse_size("8GiB"), std::int64_t{8} << 30);
  EXPECT_EQ(*parse_size("512 MiB"), std::int64_t{512} << 20);
  EXPECT_EQ(*parse_size("100mb"), std::int64_t{100} << 20);
  EXPECT_EQ(*parse_size("1k"), 1000);
  EXPECT_EQ(*parse_size("1.5KiB"), 1536);
  EXPECT_EQ(*parse_size("9007199254740993"), 9007199254740993);
}

TEST(Units, RefusesWhatIsNoSize) {
  for (const auto* bad : {"", "GiB", "-1", "1 parsec", "1e99GiB", "12GiBx", "9999999999TiB"}) {
    const auto size = parse_size(bad);
    ASSERT_FALSE(size) << bad;
    EXPECT_EQ(size.error().code, Errc::parse);
    EXPECT_NE(size.error().message.find("is not a size; expected"), std::string::npos);
  }
}

TEST(Units, RefusesASizeThatOverflows) {
  EXPECT_FALSE(parse_size("9223372036854775807GiB"));
}

TEST(Units, ReadsDurations) {
  EXPECT_EQ(*parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(*parse_duration("1h30m"), std::chrono::minutes(90));
  EXPECT_EQ(*parse_duration("90"), std::chrono::seconds(90));
  EXPECT_EQ(*parse_duration("7d"), std::chrono::hours(168));
}

TEST(Units, RefusesWhatIsNoDuration) {
  for (const auto* bad : {"", "ten", "5 fortnights", "1h30", "-3s", "m"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
}

TEST(Units, ShowsSizesWithThreeDigits) {
  EXPECT_EQ(format_size(812), "812 B");
  EXPECT_EQ(format_size(1536), "1.5 KiB");
  EXPECT_EQ(format_size(std::int64_t{8} << 30), "8 GiB");
  EXPECT_EQ(format_size((std::int64_t{1} << 20) - 1), "1 MiB");
  EXPECT_EQ(format_size(-2048), "-2 KiB");
  EXPECT_EQ(format_size(kUnlimited), "unlimited");
}

TEST(Units, ShowsDurations) {
  EXPECT_EQ(format_duration(milliseconds(250)), "250 ms");
  EXPECT_EQ(format_duration(milliseconds(1500)), "1.5 s");
  EXPECT_EQ(format_duration(std::chrono::seconds(200)), "3 min 20 s");
  EXPECT_EQ(format_duration(std::chrono::hours(217)), "9 d 1 h");
}

TEST(Units, ShowsCounts) {
  EXPECT_EQ(format_count(1234567), "1,234,567");
  EXPECT_EQ(format_count(-1234), "-1,234");
  EXPECT_EQ(format_count(12), "12");
}

TEST(Units, TimesRoundTrip) {
  const auto time = parse_time("2026-11-25T03:04:05.678Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(format_time(*time), "2026-11-25T03:04:05.678Z");
  EXPECT_FALSE(parse_time("2026-11-25 03:04"));
  EXPECT_FALSE(parse_time("2026-11-25T03:04:05+01:00"));
}

TEST(Time, OutsideOfWhatAClockHoldsIsNone) {
  for (const auto* text : {"0206-11-25T03:04:05Z", "1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z",
                           "9999-12-31T23:59:59Z"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
  EXPECT_EQ(format_time(parse_time("2199-12-31T23:59:59Z").value()), "2199-12-31T23:59:59.000Z");
}

}  // namespace
}  // namespace forkmend
