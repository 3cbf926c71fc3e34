// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/window.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/units.hpp"
#include "policy/zone.hpp"

namespace forkmend::policy {
namespace {

bool open_at(std::string_view window, std::string_view time) {
  const auto parsed = parse_window(window);
  const auto at = parse_time(time);
  if (!parsed || !at) {
    ADD_FAILURE() << window << " " << time;
    return false;
  }
  const auto open = is_open(*parsed, *at);
  EXPECT_TRUE(open.has_value()) << window;
  return open.has_value() && *open;
}

/// Hosts without the package tzdata know UTC only.
bool zones_missing() {
  return !check_zone("Europe/Berlin").has_value();
}

TEST(Windows, AreReadInFull) {
  const auto window = parse_window("mon-wed,sun 09:05-17:30 UTC");
  ASSERT_TRUE(window.has_value());
  EXPECT_EQ(window->days, (std::array{true, true, true, false, false, false, true}));
  EXPECT_EQ(window->begin_minute, 545);
  EXPECT_EQ(window->end_minute, 1050);
  EXPECT_EQ(window->zone, "UTC");
  EXPECT_EQ(window->text, "mon-wed,sun 09:05-17:30 UTC");
}

TEST(Windows, DaysMayRunOverTheWeekEnd) {
  const auto window = parse_window("sat-mon 00:00-24:00 UTC");
  ASSERT_TRUE(window.has_value());
  EXPECT_EQ(window->days, (std::array{true, false, false, false, false, true, true}));
  EXPECT_EQ(parse_window("daily 00:00-24:00 UTC")->days,
            (std::array{true, true, true, true, true, true, true}));
}

TEST(Windows, RejectWhatTheyDoNotUnderstand) {
  for (const std::string_view text :
       {"", "mon", "mon 09:00-17:00", "mon 09:00-17:00 UTC now", "mond 09:00-17:00 UTC",
        "mon- 09:00-17:00 UTC", "mon,, 09:00-17:00 UTC", "mon 0900-1700 UTC", "mon 09:00 UTC",
        "mon 24:00-25:00 UTC", "mon +9:00-17:00 UTC", "mon 09:00-24:01 UTC",
        "mon 09:00-17:00 /etc/passwd", "mon 09:00-17:00 Europe/../../../etc/passwd",
        "mon 09:00-17:00 right/UTC", "mon 09:00-17:00 Europe"}) {
    EXPECT_FALSE(parse_window(text).has_value()) << text;
  }
}

TEST(Windows, HoldTheirBeginAndNotTheirEnd) {
  // 2026-11-25 is a Wednesday.
  EXPECT_FALSE(open_at("wed 09:00-17:00 UTC", "2026-11-25T08:59:59Z"));
  EXPECT_TRUE(open_at("wed 09:00-17:00 UTC", "2026-11-25T09:00:00Z"));
  EXPECT_TRUE(open_at("wed 09:00-17:00 UTC", "2026-11-25T16:59:59Z"));
  EXPECT_FALSE(open_at("wed 09:00-17:00 UTC", "2026-11-25T17:00:00Z"));
  EXPECT_FALSE(open_at("thu 09:00-17:00 UTC", "2026-11-25T12:00:00Z"));
  EXPECT_TRUE(open_at("wed 00:00-24:00 UTC", "2026-11-25T23:59:59Z"));
}

TEST(Windows, PastMidnightBelongToTheDayTheyBeganOn) {
  EXPECT_TRUE(open_at("wed 22:00-04:00 UTC", "2026-11-25T23:00:00Z"));
  EXPECT_TRUE(open_at("wed 22:00-04:00 UTC", "2026-11-26T03:59:00Z"));
  EXPECT_FALSE(open_at("wed 22:00-04:00 UTC", "2026-11-26T04:00:00Z"));
  EXPECT_FALSE(open_at("wed 22:00-04:00 UTC", "2026-11-25T03:00:00Z"));
  EXPECT_TRUE(open_at("sun 22:00-04:00 UTC", "2026-11-30T01:00:00Z"));
  EXPECT_TRUE(open_at("wed 06:00-06:00 UTC", "2026-11-26T05:59:00Z"));
}

TEST(Windows, FollowDaylightSaving) {
  if (zones_missing()) GTEST_SKIP() << "no zone data on this host";
  const std::string_view office = "daily 09:00-17:00 Europe/Berlin";
  EXPECT_FALSE(open_at(office, "2026-01-15T07:30:00Z"));  // 08:30 CET
  EXPECT_TRUE(open_at(office, "2026-07-15T07:30:00Z"));   // 09:30 CEST
  // The clock jumps from 02:00 to 03:00 on 2026-03-29 at 01:00 UTC.
  EXPECT_FALSE(open_at("sun 02:30-03:30 Europe/Berlin", "2026-03-29T00:59:59Z"));
  EXPECT_TRUE(open_at("sun 02:30-03:30 Europe/Berlin", "2026-03-29T01:00:00Z"));
  EXPECT_FALSE(open_at("sun 02:30-03:30 Europe/Berlin", "2026-03-29T01:30:00Z"));
  // The hour from 02:00 comes twice on 2026-10-25: 00:00 and 01:00 UTC.
  EXPECT_TRUE(open_at("sun 02:00-03:00 Europe/Berlin", "2026-10-25T00:30:00Z"));
  EXPECT_TRUE(open_at("sun 02:00-03:00 Europe/Berlin", "2026-10-25T01:30:00Z"));
  EXPECT_FALSE(open_at("sun 02:00-03:00 Europe/Berlin", "2026-10-25T02:30:00Z"));
}

TEST(Windows, KnowTheLocalDay) {
  if (zones_missing()) GTEST_SKIP() << "no zone data on this host";
  // Wednesday 23:30 UTC is Thursday in Auckland and still Wednesday in Los Angeles.
  EXPECT_TRUE(open_at("thu 00:00-24:00 Pacific/Auckland", "2026-11-25T23:30:00Z"));
  EXPECT_FALSE(open_at("wed 00:00-24:00 Pacific/Auckland", "2026-11-25T23:30:00Z"));
  EXPECT_TRUE(open_at("wed 00:00-24:00 America/Los_Angeles", "2026-11-25T23:30:00Z"));
}

TEST(Windows, AreAnErrorWhenTheirZoneIsGone) {
  Window window = *parse_window("daily 00:00-24:00 UTC");
  window.zone = "Europe/Atlantis";
  const auto open = is_open(window, *parse_time("2026-11-25T12:00:00Z"));
  ASSERT_TRUE(open.has_error());
  EXPECT_EQ(open.error().code, Errc::not_found);
}

TEST(Zones, LeaveTheZoneOfTheProgramAlone) {
  if (zones_missing()) GTEST_SKIP() << "no zone data on this host";
  setenv("TZ", "Asia/Tokyo", 1);
  const auto local = local_time("America/New_York", *parse_time("2026-11-25T12:00:00Z"));
  ASSERT_TRUE(local.has_value());
  EXPECT_EQ(local->minute, 7 * 60);
  EXPECT_STREQ(std::getenv("TZ"), "Asia/Tokyo");
  const std::time_t noon = 1795608000;
  std::tm parts{};
  localtime_r(&noon, &parts);
  EXPECT_EQ(parts.tm_gmtoff, 9 * 3600);
  unsetenv("TZ");
}

}  // namespace
}  // namespace forkmend::policy
