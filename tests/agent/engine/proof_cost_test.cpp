// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/proof_cost.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace forkmend::engine {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kMiB = std::int64_t{1} << 20;
constexpr std::int64_t kGiB = std::int64_t{1} << 30;

/// A server at work on a host with room.
ExpectedCost calm() {
  return {.changes_per_second = 1204,
          .since_last_save = false,
          .fork_time = milliseconds(3),
          .copied = 12 * kMiB,
          .free = kGiB,
          .memory_pressure = 0.0,
          .io_pressure = 99.0};
}

struct PutOffCase {
  const char* name;
  std::function<void(ExpectedCost&)> change;
  std::string reason;  ///< empty: it is triggered
};

const std::vector<PutOffCase>& put_off_cases() {
  static const std::vector<PutOffCase> kCases = {
      {"calm", [](ExpectedCost&) {}, ""},
      {"at the limit", [](ExpectedCost& cost) { cost.changes_per_second = 50'000; }, ""},
      {"busy", [](ExpectedCost& cost) { cost.changes_per_second = 61'200.4; },
       "61,200 changes a second, above 50,000 (put_off_above.changes_per_second)"},
      {"long fork", [](ExpectedCost& cost) { cost.fork_time = milliseconds(2600); },
       "fork() would take about 2.6 s, above 2 s (put_off_above.fork_time)"},
      {"tight", [](ExpectedCost& cost) { cost.free = 13 * kMiB; },
       "copies would take about 12 MiB, 92 % of what is free, above 80 % "
       "(put_off_above.copied_of_free)"},
      {"nothing free", [](ExpectedCost& cost) { cost.free = 0; },
       "copies would take about 12 MiB, 100 % of what is free, above 80 % "
       "(put_off_above.copied_of_free)"},
      {"thrashing", [](ExpectedCost& cost) { cost.memory_pressure = 63.7; },
       "memory pressure is 64 %, above 50 % (abort_above.memory_pressure)"},
      {"nothing is known", [](ExpectedCost& cost) { cost = {}; }, ""},
  };
  return kCases;
}

TEST(ProofCost, PutsOffWhateverIsAboveItsLimit) {
  for (const PutOffCase& one : put_off_cases()) {
    ExpectedCost cost = calm();
    one.change(cost);
    const auto reasons = reasons_to_put_off(cost, {}, {});
    if (one.reason.empty()) {
      EXPECT_THAT(reasons, IsEmpty()) << one.name;
    } else {
      EXPECT_THAT(reasons, ElementsAre(one.reason)) << one.name;
    }
  }
}

TEST(ProofCost, NamesEveryReason) {
  ExpectedCost cost = calm();
  cost.changes_per_second = 1e6;
  cost.fork_time = seconds(9);
  cost.free = 0;
  EXPECT_EQ(reasons_to_put_off(cost, {}, {.io_pressure = 60}).size(), 4U);
}

TEST(ProofCost, ALimitThatIsOffPutsNothingOff) {
  ExpectedCost cost = calm();
  cost.changes_per_second = 1e9;
  cost.fork_time = seconds(90);
  cost.free = 0;
  cost.memory_pressure = 100;
  EXPECT_THAT(reasons_to_put_off(cost,
                                 {.changes_per_second = std::nullopt,
                                  .fork_time = std::nullopt,
                                  .copied_of_free = std::nullopt},
                                 {.memory_pressure = std::nullopt}),
              IsEmpty());
}

TEST(ProofCost, SaysWhatIsExpected) {
  EXPECT_EQ(to_string(calm()),
            "1,204 changes a second, fork() about 3 ms, copies of about 12 MiB (1 % of 1 GiB that "
            "are free)");
  EXPECT_EQ(to_string(ExpectedCost{}), "what it will cost is not known");
}

/// 3 MiB were copied, 997 MiB are free.
RunningCost quiet() {
  return {.copied = 3 * kMiB,
          .free = 997 * kMiB,
          .answer_time = milliseconds(2),
          .memory_pressure = 0.4,
          .io_pressure = 97.0};
}

struct AbortCase {
  const char* name;
  std::function<void(RunningCost&)> change;
  std::string reason;  ///< empty: it goes on
};

const std::vector<AbortCase>& abort_cases() {
  static const std::vector<AbortCase> kCases = {
      {"quiet", [](RunningCost&) {}, ""},
      {"copied", [](RunningCost& cost) { cost.copied = 20'000 * kMiB; },
       "19.5 GiB are copied, 95 % of what was free, above 90 % (abort_above.copied_of_free)"},
      {"somebody else takes it", [](RunningCost& cost) { cost.free = 0; },
       "3 MiB are copied, 100 % of what was free, above 90 % (abort_above.copied_of_free)"},
      {"nothing copied yet", [](RunningCost& cost) { cost = {.copied = 0, .free = 0}; }, ""},
      {"slow", [](RunningCost& cost) { cost.answer_time = milliseconds(2001); },
       "the server takes 2 s to answer, above 2 s (abort_above.answer_time)"},
      {"thrashing", [](RunningCost& cost) { cost.memory_pressure = 50.6; },
       "memory pressure is 51 %, above 50 % (abort_above.memory_pressure)"},
      {"nothing is known", [](RunningCost& cost) { cost = {}; }, ""},
  };
  return kCases;
}

TEST(ProofCost, EndsWhatIsAboveItsLimit) {
  for (const AbortCase& one : abort_cases()) {
    RunningCost cost = quiet();
    one.change(cost);
    const auto reasons = reasons_to_abort(cost, {});
    if (one.reason.empty()) {
      EXPECT_THAT(reasons, IsEmpty()) << one.name;
    } else {
      EXPECT_THAT(reasons, ElementsAre(one.reason)) << one.name;
    }
  }
}

TEST(ProofCost, BusyDevicesCountWhereThePolicySaysSo) {
  EXPECT_THAT(reasons_to_abort(quiet(), {.io_pressure = 96}),
              ElementsAre(HasSubstr("abort_above.io_pressure")));
  EXPECT_THAT(reasons_to_abort(quiet(), {.io_pressure = 97}), IsEmpty());
}

TEST(ProofCost, RemembersTheHighest) {
  RunningCost later = quiet();
  later.copied = 300 * kMiB;
  later.free = 700 * kMiB;
  later.answer_time = milliseconds(1);
  later.memory_pressure = 7;
  const RunningCost peak = peak_of(quiet(), later);
  EXPECT_EQ(to_string(peak),
            "at most 300 MiB copied (30 % of what was free), answers within 2 ms, memory pressure "
            "7 %, io pressure 97 %");
  EXPECT_EQ(to_string(peak_of(later, quiet())), to_string(peak));
  EXPECT_EQ(to_string(peak_of(RunningCost{}, later)), to_string(peak_of(later, RunningCost{})));
}

ChangeReading reading(std::int64_t changes, milliseconds at, std::int64_t last_save = 1000) {
  return {.changes = changes, .last_save = last_save, .at = seconds(2000) + at};
}

TEST(ChangeRate, IsWhatChangedBetweenTwoReadings) {
  const ChangeReading first = reading(500, milliseconds(0));
  EXPECT_EQ(changes_per_second(first, reading(15'500, milliseconds(500))), 30'000);
  EXPECT_EQ(changes_per_second(first, reading(500, milliseconds(500))), 0);
}

TEST(ChangeRate, IsNotKnownOfReadingsThatDoNotCompare) {
  const ChangeReading first = reading(500, milliseconds(0));
  EXPECT_FALSE(changes_per_second(first, reading(600, milliseconds(249)))) << "too near";
  EXPECT_FALSE(changes_per_second(first, reading(600, milliseconds(10'001)))) << "of long ago";
  EXPECT_FALSE(changes_per_second(first, reading(400, milliseconds(500)))) << "it began anew";
  EXPECT_FALSE(changes_per_second(first, reading(900, milliseconds(500), 2000))) << "a save worked";
}

TEST(ChangeRate, NobodyWaitsForOneWhereFewChangesWereMadeAtAll) {
  EXPECT_TRUE(is_surely_calm(reading(12'500, milliseconds(0)), 50'000));
  EXPECT_FALSE(is_surely_calm(reading(12'501, milliseconds(0)), 50'000));
  EXPECT_FALSE(is_surely_calm(reading(1, milliseconds(0), 1999), 50'000))
      << "the counter has just begun anew";
  EXPECT_TRUE(is_surely_calm(reading(1'000'000, milliseconds(0)), std::nullopt)) << "no limit";
}

FactSet server() {
  FactSet facts;
  const auto set = [&](const char* name, std::int64_t value) {
    facts.set(name, value, "", "test");
  };
  set("redis.rdb_changes_since_last_save", 6000);
  set("redis.rdb_last_save_time", 1000);
  set("redis.server_time_usec", 1'060'500'000);
  set("redis.latest_fork_usec", 8000);
  set("redis.used_memory_rss", 100 * kMiB);
  set("redis.rdb_last_bgsave_time_sec", 1);
  set("instance.rss_anon", 100 * kMiB);
  set("host.page_size", 4096);
  set("host.mem_available", kGiB);
  set("host.swap_free", 0);
  facts.set_missing("instance.memory.levels", FactState::not_applicable, "test", "no controller");
  return facts;
}

TEST(ExpectedCost, IsReadFromTheServersFacts) {
  const ExpectedCost cost = expected_cost(server());
  EXPECT_EQ(cost.changes_per_second, 100);
  EXPECT_TRUE(cost.since_last_save);
  EXPECT_EQ(cost.fork_time, milliseconds(8));
  EXPECT_EQ(cost.free, kGiB);
  ASSERT_TRUE(cost.copied);
  EXPECT_LT(*cost.copied, 2 * kMiB);
}

TEST(ExpectedCost, CopiesGoByTheRateThatWasMeasured) {
  const auto quiet = expected_cost(server());
  const auto busy = expected_cost(server(), 100'000.0);
  EXPECT_EQ(busy.changes_per_second, 100'000);
  EXPECT_FALSE(busy.since_last_save);
  EXPECT_GT(*busy.copied, 50 * *quiet.copied) << "every page is written to";
}

TEST(ExpectedCost, IsNotGuessedWhereNothingTells) {
  const ExpectedCost cost = expected_cost(FactSet{});
  EXPECT_FALSE(cost.changes_per_second);
  EXPECT_FALSE(cost.fork_time);
  EXPECT_FALSE(cost.copied);
  EXPECT_FALSE(cost.free);
}

TEST(ChangeReading, TakesTheServersClockElseOurs) {
  EXPECT_EQ(change_reading(server(), microseconds(5))->at, microseconds(1'060'500'000));
  FactSet old = server();
  old.set_missing("redis.server_time_usec", FactState::unknown, "test", "before 6.2");
  EXPECT_EQ(change_reading(old, microseconds(5))->at, microseconds(5));
  EXPECT_FALSE(change_reading(old));
}

}  // namespace
}  // namespace forkmend::engine
