// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/sample_store.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/units.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

namespace fs = std::filesystem;
using forkmend::testing::TempDir;
using std::chrono::minutes;

const std::string run_id(40, 'a');

redis::Sample sample_after(minutes time, std::int64_t used) {
  return {.at = *parse_time("2026-11-25T03:00:00Z") + time, .values = {{"used_memory", used}}};
}

TEST(SampleStore, GivesWhatWasAdded) {
  const TempDir dir;
  const SampleStore store(dir.path());
  EXPECT_TRUE(store.read(run_id).value().empty());
  ASSERT_TRUE(store.add(run_id, sample_after(minutes(0), 1)));
  ASSERT_TRUE(store.add(run_id, sample_after(minutes(5), 2)));
  const auto samples = SampleStore(dir.path()).read(run_id).value();
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples[1], sample_after(minutes(5), 2));
}

TEST(SampleStore, LeavesOutWhatComesTooSoon) {
  const TempDir dir;
  const SampleStore store(dir.path());
  ASSERT_TRUE(store.add(run_id, sample_after(minutes(0), 1)));
  ASSERT_TRUE(store.add(run_id, sample_after(minutes(4), 2)));
  EXPECT_EQ(store.read(run_id).value().size(), 1U);
}

TEST(SampleStore, IsBounded) {
  const TempDir dir;
  const SampleStore store(dir.path());
  for (int i = 0; i <= static_cast<int>(SampleStore::kMost); ++i) {
    ASSERT_TRUE(store.add(run_id, sample_after(minutes(5 * i), i)));
  }
  const auto samples = store.read(run_id).value();
  EXPECT_LE(samples.size(), SampleStore::kMost);
  EXPECT_EQ(samples.back().values.at("used_memory"), static_cast<int>(SampleStore::kMost));
}

TEST(SampleStore, AClockThatWentBackCostsTheSamplesOfTheFuture) {
  const TempDir dir;
  const SampleStore store(dir.path());
  ASSERT_TRUE(store.add(run_id, sample_after(minutes(0), 1)));
  ASSERT_TRUE(store.add(run_id, sample_after(minutes(60), 2)));
  ASSERT_TRUE(store.add(run_id, sample_after(minutes(30), 3)));
  const auto samples = store.read(run_id).value();
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples.back(), sample_after(minutes(30), 3));
}

TEST(SampleStore, NamesNoFileByWhatIsNoRunId) {
  const TempDir dir;
  const SampleStore store(dir.path());
  for (const std::string& claim : {std::string(), std::string("../../etc/passwd"),
                                   std::string(39, 'a') + "/", std::string(41, 'a')}) {
    EXPECT_EQ(store.read(claim).error().code, Errc::invalid) << claim;
    EXPECT_FALSE(store.add(claim, sample_after(minutes(0), 1))) << claim;
  }
  EXPECT_FALSE(fs::exists(dir.path() / "samples"));
}

TEST(SampleStore, BeginsADamagedFileAnew) {
  const TempDir dir;
  const SampleStore store(dir.path());
  ASSERT_TRUE(store.add(run_id, sample_after(minutes(0), 1)));
  const fs::path file = dir.path() / "samples" / run_id;
  std::ofstream(file) << "\x01garbage\n";
  EXPECT_NE(store.read(run_id).error().message.find("line 1"), std::string::npos);
  ASSERT_TRUE(store.add(run_id, sample_after(minutes(10), 2)));
  EXPECT_EQ(store.read(run_id).value().size(), 1U);
}

TEST(SampleStore, FollowsNoLink) {
  const TempDir dir;
  const SampleStore store(dir.path());
  ASSERT_TRUE(store.add(run_id, sample_after(minutes(0), 1)));
  const std::string other(40, 'b');
  fs::create_symlink(dir.path() / "samples" / run_id, dir.path() / "samples" / other);
  EXPECT_FALSE(store.read(other));
}

TEST(SampleStore, ForgetsServersThatAreGone) {
  const TempDir dir;
  const SampleStore store(dir.path());
  ASSERT_TRUE(store.add(run_id, sample_after(minutes(0), 1)));
  const auto written =
      std::chrono::file_clock::to_sys(fs::last_write_time(dir.path() / "samples" / run_id));
  const auto now = std::chrono::time_point_cast<WallTime::duration>(written);
  store.forget_old(now + std::chrono::hours(24));
  EXPECT_EQ(store.read(run_id).value().size(), 1U);
  store.forget_old(now + SampleStore::kKept + std::chrono::hours(1));
  EXPECT_TRUE(store.read(run_id).value().empty());
}

}  // namespace
}  // namespace forkmend::engine
