// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/pause.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/units.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TempDir;

Pause two_hours() {
  return {.since = *parse_time("2026-11-25T12:00:00.000Z"),
          .until = *parse_time("2026-11-25T14:00:00.000Z"),
          .reason = "memory is being added",
          .actor = "pause by uid 0"};
}

Now at(std::string_view time) {
  return {.wall = *parse_time(time), .boot = {}};
}

/// Without the stop file, which another program may have put on this host.
std::vector<GateResult> pause_gates(const std::string& state_dir, std::string_view time) {
  auto gates = standing_gates(state_dir, at(time));
  std::erase_if(gates, [](const GateResult& gate) { return gate.gate != "pause"; });
  return gates;
}

void write_raw(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(Pause, ComesBackFromItsText) {
  const auto back = pause_from_text(to_text(two_hours()));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->since, two_hours().since);
  EXPECT_EQ(back->until, two_hours().until);
  EXPECT_EQ(back->reason, "memory is being added");
  EXPECT_EQ(back->actor, "pause by uid 0");
  Pause endless = two_hours();
  endless.until.reset();
  EXPECT_FALSE(pause_from_text(to_text(endless))->until);
}

TEST(Pause, HoldsUntilItsEnd) {
  EXPECT_TRUE(holds(two_hours(), *parse_time("2026-11-25T13:59:59.999Z")));
  EXPECT_FALSE(holds(two_hours(), *parse_time("2026-11-25T14:00:00.000Z")));
  Pause endless = two_hours();
  endless.until.reset();
  EXPECT_TRUE(holds(endless, *parse_time("2036-11-25T14:00:00.000Z")));
}

TEST(Pause, IsAGateThatNobodyPassesByName) {
  const TempDir dir;
  const std::string state = dir.path() / "state";
  EXPECT_THAT(pause_gates(state, "2026-11-25T13:00:00.000Z"), IsEmpty());
  ASSERT_TRUE(write_pause(state, two_hours()));
  const auto gates = pause_gates(state, "2026-11-25T13:00:00.000Z");
  ASSERT_THAT(gates, SizeIs(1));
  EXPECT_EQ(gates.front().because,
            "paused since 2026-11-25T12:00:00.000Z by pause by uid 0 until "
            "2026-11-25T14:00:00.000Z: memory is being added");
  EXPECT_EQ(gates.front().override_name, "");
  EXPECT_EQ(gates.front().pass, "forkmend status resume");
  EXPECT_THAT(pause_gates(state, "2026-11-25T15:00:00.000Z"), IsEmpty());
}

TEST(Pause, IsReplacedAndTakenAway) {
  const TempDir dir;
  const std::string state = dir.path() / "state";
  ASSERT_TRUE(write_pause(state, two_hours()));
  Pause other = two_hours();
  other.reason = "another";
  ASSERT_TRUE(write_pause(state, other));
  EXPECT_EQ((*read_pause(state))->reason, "another");
  EXPECT_EQ(remove_pause(state).value(), true);
  EXPECT_EQ(remove_pause(state).value(), false);
  EXPECT_FALSE(read_pause(state)->has_value());
}

TEST(Pause, IsPrivate) {
  const TempDir dir;
  const std::string state = dir.path() / "state";
  ASSERT_TRUE(write_pause(state, two_hours()));
  struct stat status{};
  ASSERT_EQ(stat((state + "/pause").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(Pause, HoldsWhenItCannotBeRead) {
  const TempDir dir;
  const std::string state = dir.path() / "state";
  ASSERT_TRUE(write_pause(state, two_hours()));
  for (const auto* text : {"", "{", "[]", "{\"since\":\"yesterday\"}", "{\"until\":null}"}) {
    write_raw(state + "/pause", text);
    const auto gates = pause_gates(state, "2026-11-25T13:00:00.000Z");
    ASSERT_THAT(gates, SizeIs(1)) << text;
    EXPECT_THAT(gates.front().because, HasSubstr("it is not known whether forkmend is paused"));
  }
}

TEST(Pause, HoldsWhenOthersMayWriteIt) {
  const TempDir dir;
  const std::string state = dir.path() / "state";
  ASSERT_TRUE(write_pause(state, two_hours()));
  std::filesystem::permissions(state + "/pause", std::filesystem::perms::others_write,
                               std::filesystem::perm_options::add);
  EXPECT_THAT(pause_gates(state, "2026-11-25T15:00:00.000Z"), SizeIs(1));
}

}  // namespace
}  // namespace forkmend::engine
