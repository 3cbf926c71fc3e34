// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/event_queue.hpp"

#include <gtest/gtest.h>

namespace forkmend::daemon {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

Event event(const std::string& endpoint, EventMeaning meaning,
            EventSource source = EventSource::server_log) {
  return {.source = source,
          .meaning = meaning,
          .endpoint = endpoint,
          .seen = {},
          .delay = {},
          .says = {}};
}

std::optional<nanoseconds> at_once(const std::string& /*endpoint*/) {
  return nanoseconds(0);
}

TEST(EventQueue, GivesTheOldestServerFirst) {
  EventQueue queue;
  EXPECT_TRUE(queue.push(event("b", EventMeaning::look)));
  EXPECT_TRUE(queue.push(event("a", EventMeaning::look)));
  EXPECT_EQ(queue.pop(seconds(1), at_once)->endpoint, "b");
  EXPECT_EQ(queue.pop(seconds(1), at_once)->endpoint, "a");
  EXPECT_FALSE(queue.pop(seconds(1), at_once));
}

TEST(EventQueue, HoldsOneForEachServerWhateverComes) {
  EventQueue queue;
  for (int line = 0; line < 10000; ++line) {
    (void)queue.push(event("noisy", EventMeaning::look));
  }
  EXPECT_TRUE(queue.push(event("quiet", EventMeaning::look)));
  EXPECT_EQ(queue.size(), 2U);
  EXPECT_EQ(queue.coalesced(), 9999U);
}

TEST(EventQueue, WhoSawItFirstStaysAndTheStrongestMeaningCounts) {
  EventQueue queue;
  (void)queue.push(event("a", EventMeaning::look, EventSource::kernel_log));
  (void)queue.push(event("a", EventMeaning::look, EventSource::server_log));
  (void)queue.push(event("a", EventMeaning::gone, EventSource::process_exit));
  const auto taken = queue.pop(seconds(1), at_once);
  EXPECT_EQ(taken->source, EventSource::kernel_log);
  EXPECT_EQ(taken->meaning, EventMeaning::gone);
}

TEST(EventQueue, AMerePollIsNotWhoSawIt) {
  EventQueue queue;
  (void)queue.push(event("a", EventMeaning::poll, EventSource::kernel_log));
  (void)queue.push(event("a", EventMeaning::look, EventSource::server_log));
  EXPECT_EQ(queue.pop(seconds(1), at_once)->source, EventSource::server_log);
}

TEST(EventQueue, PassesOverWhoIsBusyOrNotReady) {
  EventQueue queue;
  (void)queue.push(event("busy", EventMeaning::look));
  (void)queue.push(event("later", EventMeaning::look));
  (void)queue.push(event("now", EventMeaning::look));
  const auto ready = [](const std::string& endpoint) -> std::optional<nanoseconds> {
    if (endpoint == "busy") return std::nullopt;
    return endpoint == "later" ? seconds(9) : seconds(1);
  };
  EXPECT_EQ(queue.pop(seconds(1), ready)->endpoint, "now");
  EXPECT_FALSE(queue.pop(seconds(1), ready));
  EXPECT_EQ(queue.next(ready), seconds(9));
  EXPECT_EQ(queue.pop(seconds(9), ready)->endpoint, "later");
  EXPECT_EQ(queue.next(ready), std::nullopt);
}

TEST(EventQueue, ForgetsWhoHasGone) {
  EventQueue queue;
  (void)queue.push(event("a", EventMeaning::look));
  EXPECT_EQ(queue.waiting("a")->meaning, EventMeaning::look);
  queue.forget("a");
  EXPECT_EQ(queue.waiting("a"), nullptr);
  queue.forget("never-seen");
  EXPECT_EQ(queue.size(), 0U);
  EXPECT_FALSE(queue.pop(seconds(1), at_once));
}

}  // namespace
}  // namespace forkmend::daemon
