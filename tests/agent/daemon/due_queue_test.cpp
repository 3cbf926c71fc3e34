// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/due_queue.hpp"

#include <gtest/gtest.h>

namespace forkmend::daemon {
namespace {

using std::chrono::seconds;

TEST(DueQueue, GivesWhatIsDueInItsOrder) {
  DueQueue<int> queue;
  queue.push(seconds(3), 30);
  queue.push(seconds(1), 10);
  queue.push(seconds(2), 20);
  EXPECT_EQ(queue.next(), seconds(1));
  EXPECT_EQ(queue.pop(seconds(2))->item, 10);
  EXPECT_EQ(queue.pop(seconds(2))->due, seconds(2));
  EXPECT_FALSE(queue.pop(seconds(2)));
  EXPECT_EQ(queue.next(), seconds(3));
}

TEST(DueQueue, HasNothingWhenItIsEmpty) {
  DueQueue<int> queue;
  EXPECT_FALSE(queue.next());
  EXPECT_FALSE(queue.pop(seconds(100)));
}

}  // namespace
}  // namespace forkmend::daemon
