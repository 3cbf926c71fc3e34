// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/host_wide.hpp"

#include <gtest/gtest.h>

namespace forkmend::daemon {
namespace {

using std::chrono::minutes;

constexpr auto* kCause = "commit-limit";

TEST(HostWide, TheThirdServerIsAPartOfTheFirstOnesIncident) {
  HostWide wide;
  EXPECT_EQ(wide.join(kCause, "a", 3, minutes(0)), "");
  wide.opened(kCause, "i-1");
  EXPECT_EQ(wide.join(kCause, "b", 3, minutes(1)), "");
  wide.opened(kCause, "i-2");
  EXPECT_EQ(wide.join(kCause, "c", 3, minutes(2)), "i-1");
  EXPECT_EQ(wide.join(kCause, "d", 3, minutes(3)), "i-1");
}

TEST(HostWide, TheSameServerAgainIsNoOther) {
  HostWide wide;
  EXPECT_EQ(wide.join(kCause, "a", 2, minutes(0)), "");
  wide.opened(kCause, "i-1");
  EXPECT_EQ(wide.join(kCause, "a", 2, minutes(1)), "");
  EXPECT_EQ(wide.join(kCause, "b", 2, minutes(2)), "i-1");
}

TEST(HostWide, OtherCausesAreOtherIncidents) {
  HostWide wide;
  EXPECT_EQ(wide.join(kCause, "a", 2, minutes(0)), "");
  wide.opened(kCause, "i-1");
  EXPECT_EQ(wide.join("nproc-limit", "b", 2, minutes(0)), "");
  EXPECT_EQ(wide.join("unknown", "c", 2, minutes(0)), "");
  EXPECT_EQ(wide.join("unknown", "d", 2, minutes(0)), "");
}

TEST(HostWide, WhatIsLongAgoIsAnotherIncident) {
  HostWide wide;
  EXPECT_EQ(wide.join(kCause, "a", 2, minutes(0)), "");
  wide.opened(kCause, "i-1");
  EXPECT_EQ(wide.join(kCause, "b", 2, minutes(11)), "");
  wide.opened(kCause, "i-2");
  EXPECT_EQ(wide.join(kCause, "c", 2, minutes(12)), "i-2");
}

TEST(HostWide, OneServerIsNeverTheHost) {
  HostWide wide;
  EXPECT_EQ(wide.join(kCause, "a", 1, minutes(0)), "");
  wide.opened(kCause, "i-1");
  EXPECT_EQ(wide.join(kCause, "b", 1, minutes(0)), "i-1");
}

TEST(HostWide, AnIncidentThatWasNotRecordedNamesNone) {
  HostWide wide;
  EXPECT_EQ(wide.join(kCause, "a", 2, minutes(0)), "");
  EXPECT_EQ(wide.join(kCause, "b", 2, minutes(0)), "");
  wide.opened(kCause, "i-2");
  EXPECT_EQ(wide.join(kCause, "c", 2, minutes(0)), "i-2");
}

}  // namespace
}  // namespace forkmend::daemon
