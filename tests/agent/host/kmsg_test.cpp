// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/kmsg.hpp"

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using testing::HostTree;

TEST(Kmsg, ReadsARecordWithoutItsContinuationLines) {
  const auto message = parse_kmsg_record(
      "30,339,5140900,-;NET: Registered protocol family 10\n SUBSYSTEM=net\n DEVICE=+net:eth0\n");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->level, 6);
  EXPECT_EQ(message->sequence, 339U);
  EXPECT_EQ(message->at, std::chrono::microseconds(5140900));
  EXPECT_EQ(message->text, "NET: Registered protocol family 10");
}

TEST(Kmsg, ReadsARecordWithMoreFieldsThanToday) {
  const auto message = parse_kmsg_record("6,1,2,-,caller=T812,new=1;text; with a semicolon");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->text, "text; with a semicolon");
}

TEST(Kmsg, KeepsEscapesAsTheyAre) {
  EXPECT_EQ(parse_kmsg_record("6,1,2,-;a\\x1bb\\x5c")->text, "a\\x1bb\\x5c");
}

TEST(Kmsg, RefusesWhatIsNoRecord) {
  EXPECT_FALSE(parse_kmsg_record(""));
  EXPECT_FALSE(parse_kmsg_record("no semicolon"));
  EXPECT_FALSE(parse_kmsg_record("6,1;text"));
  EXPECT_FALSE(parse_kmsg_record("6,x,2,-;text"));
  EXPECT_FALSE(parse_kmsg_record("-6,1,2,-;text"));
}

TEST(Kmsg, ReadsACapturedLogOfRecords) {
  const HostTree tree{{{"/dev/kmsg", "6,1,1000,-;one\n SUBSYSTEM=net\n4,2,2000,-;two\njunk\n"}}};
  const auto log = read_kernel_log(tree.root());
  ASSERT_TRUE(log);
  ASSERT_EQ(log->size(), 2U);
  EXPECT_EQ((*log)[1].text, "two");
  EXPECT_EQ((*log)[1].level, 4);
}

TEST(Kmsg, ReadsACapturedLogAsDmesgPrintsIt) {
  const auto log = parse_kernel_log("[  352.094612] Out of memory\n[12345.000001] later\n");
  ASSERT_EQ(log.size(), 2U);
  EXPECT_EQ(log[0].at, std::chrono::microseconds(352094612));
  EXPECT_EQ(log[0].text, "Out of memory");
  EXPECT_EQ(log[1].at, std::chrono::microseconds(12345000001));
}

TEST(Kmsg, KeepsTheNewest) {
  const auto log = parse_kernel_log("6,1,1,-;one\n6,2,2,-;two\n6,3,3,-;three\n", 2);
  ASSERT_EQ(log.size(), 2U);
  EXPECT_EQ(log[0].text, "two");
  EXPECT_EQ(log[1].text, "three");
}

TEST(Kmsg, SaysThatNothingWasCaptured) {
  EXPECT_EQ(read_kernel_log(HostTree{{{"/x", "x"}}}.root()).error().code, Errc::not_found);
}

}  // namespace
}  // namespace forkmend::host
