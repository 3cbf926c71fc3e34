// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "notify/message_queue.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "agent/notify/example_message.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::notify {
namespace {

namespace fs = std::filesystem;
using ::forkmend::testing::example_message;
using ::forkmend::testing::TempDir;

IncidentMessage numbered(int number) {
  IncidentMessage message = example_message(IncidentStage::open);
  message.summary = std::to_string(number);
  return message;
}

std::string take_summary(MessageQueue& queue) {
  const auto waiting = queue.front();
  if (!waiting) return "(none)";
  queue.pop(waiting->number);
  return waiting->message.summary;
}

TEST(MessageQueue, KeepsOrderOverARestart) {
  const TempDir dir;
  const std::string path = (dir.path() / "q").string();
  {
    MessageQueue queue(path, 100);
    ASSERT_TRUE(queue.load());
    for (int i = 1; i <= 12; ++i) ASSERT_TRUE(queue.push(numbered(i)));
    EXPECT_EQ(take_summary(queue), "1");
  }
  MessageQueue queue(path, 100);
  ASSERT_TRUE(queue.load());
  ASSERT_TRUE(queue.push(numbered(13)));
  EXPECT_EQ(queue.size(), 12U);
  for (int i = 2; i <= 13; ++i) EXPECT_EQ(take_summary(queue), std::to_string(i));
  EXPECT_EQ(take_summary(queue), "(none)");
  EXPECT_TRUE(fs::is_empty(path));
}

TEST(MessageQueue, FilesAreForUsAlone) {
  const TempDir dir;
  MessageQueue queue((dir.path() / "q").string(), 100);
  ASSERT_TRUE(queue.load());
  ASSERT_TRUE(queue.push(numbered(1)));
  struct stat status{};
  ASSERT_EQ(stat((dir.path() / "q" / "00000000000000000001.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ASSERT_EQ(stat((dir.path() / "q").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST(MessageQueue, DropsTheOldestAndCounts) {
  const TempDir dir;
  MessageQueue queue((dir.path() / "q").string(), 3);
  ASSERT_TRUE(queue.load());
  for (int i = 1; i <= 5; ++i) ASSERT_TRUE(queue.push(numbered(i)));
  EXPECT_EQ(queue.size(), 3U);
  EXPECT_EQ(queue.dropped(), 2U);
  EXPECT_EQ(take_summary(queue), "3");
}

TEST(MessageQueue, WhatWasDroppedMeanwhileIsNotTakenForTheNextOne) {
  const TempDir dir;
  MessageQueue queue((dir.path() / "q").string(), 1);
  ASSERT_TRUE(queue.load());
  ASSERT_TRUE(queue.push(numbered(1)));
  const auto in_flight = queue.front();
  ASSERT_TRUE(in_flight);
  ASSERT_TRUE(queue.push(numbered(2)));
  queue.pop(in_flight->number);
  EXPECT_EQ(take_summary(queue), "2");
}

TEST(MessageQueue, ADamagedFileIsPassedOver) {
  const TempDir dir;
  const fs::path path = dir.path() / "q";
  MessageQueue queue(path.string(), 100);
  ASSERT_TRUE(queue.load());
  for (int i = 1; i <= 3; ++i) ASSERT_TRUE(queue.push(numbered(i)));
  std::ofstream(path / "00000000000000000001.json") << "{\"schema\": 1";
  fs::remove(path / "00000000000000000002.json");
  EXPECT_EQ(take_summary(queue), "3");
  EXPECT_EQ(queue.damaged(), 2U);
}

TEST(MessageQueue, OtherFilesAreNotMessages) {
  const TempDir dir;
  const fs::path path = dir.path() / "q";
  {
    MessageQueue first(path.string(), 100);
    ASSERT_TRUE(first.load());
    ASSERT_TRUE(first.remember("firing", "[]"));
  }
  std::ofstream(path / "00000000000000000009.json.new") << "half";
  std::ofstream(path / "note.json") << "mine";
  MessageQueue queue(path.string(), 100);
  ASSERT_TRUE(queue.load());
  EXPECT_EQ(queue.size(), 0U);
  EXPECT_EQ(queue.remembered("firing"), "[]");
  EXPECT_EQ(queue.remembered("nothing"), "");
}

TEST(MessageQueue, WithoutADirectoryMessagesWaitInMemory) {
  const TempDir dir;
  std::ofstream(dir.path() / "q") << "a file is in the way";
  MessageQueue queue((dir.path() / "q").string(), 2);
  EXPECT_FALSE(queue.load());
  EXPECT_FALSE(queue.push(numbered(1)));
  EXPECT_FALSE(queue.push(numbered(2)));
  EXPECT_FALSE(queue.push(numbered(3)));
  EXPECT_EQ(queue.dropped(), 1U);
  EXPECT_EQ(take_summary(queue), "2");
  EXPECT_EQ(take_summary(queue), "3");
}

TEST(MessageQueue, QueuesOfNobodyAreRemoved) {
  const TempDir dir;
  for (const auto* name : {"webhook-1", "webhook-2"}) {
    MessageQueue queue((dir.path() / name).string(), 10);
    ASSERT_TRUE(queue.load());
    ASSERT_TRUE(queue.push(numbered(1)));
  }
  // An agent that somebody runs by hand without the configuration must not lose them.
  const WallTime now = std::chrono::system_clock::now();
  EXPECT_EQ(remove_other_queues(dir.path().string(), {"webhook-2"}, now), 0U);
  const WallTime later = now + kQueueKept + std::chrono::minutes(1);
  EXPECT_EQ(remove_other_queues(dir.path().string(), {"webhook-2"}, later), 1U);
  EXPECT_FALSE(fs::exists(dir.path() / "webhook-1"));
  EXPECT_TRUE(fs::exists(dir.path() / "webhook-2"));
  EXPECT_EQ(remove_other_queues((dir.path() / "none").string(), {}, later), 0U);
}

}  // namespace
}  // namespace forkmend::notify
