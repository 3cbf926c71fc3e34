// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <optional>
#include <string_view>

#include "base/units.hpp"
#include "redis/log_event.hpp"
#include "redis/log_line.hpp"
#include "redis/log_message.hpp"

namespace forkmend::testing {

/// A time as a log has it; the epoch for what is none.
inline WallTime at(std::string_view text) {
  const auto time = parse_time(text);
  return time ? *time : WallTime();
}

struct Expected {
  std::string_view message;
  redis::LogEventKind kind;
  std::optional<int> error_number = std::nullopt;
};

inline void expect_each(std::initializer_list<Expected> all) {
  for (const Expected& expected : all) {
    const redis::LogEvent event = redis::parse_log_message(expected.message);
    EXPECT_EQ(to_string(event.kind), to_string(expected.kind)) << expected.message;
    EXPECT_EQ(event.error_number, expected.error_number) << expected.message;
  }
}

/// And each of them belongs to the story of a failure.
inline void expect_each_telling(std::initializer_list<Expected> all) {
  expect_each(all);
  for (const Expected& expected : all) {
    EXPECT_TRUE(redis::is_telling(redis::parse_log_message(expected.message))) << expected.message;
  }
}

}  // namespace forkmend::testing
