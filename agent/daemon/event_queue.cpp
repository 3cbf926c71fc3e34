// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/event_queue.hpp"

#include <algorithm>
#include <utility>

namespace forkmend::daemon {

namespace {

/// A mere poll says less than what comes after it, and is not who saw it first.
void fall_together(Event& waiting, Event&& later) {
  if (later.meaning <= waiting.meaning) return;
  if (waiting.meaning == EventMeaning::poll) {
    waiting = std::move(later);
  } else {
    waiting.meaning = later.meaning;
  }
}

}  // namespace

std::string_view to_string(EventMeaning meaning) {
  switch (meaning) {
    case EventMeaning::poll:
      return "poll";
    case EventMeaning::foreseen:
      return "foreseen";
    case EventMeaning::look:
      return "look";
    case EventMeaning::gone:
      return "gone";
  }
  return "unknown";
}

bool EventQueue::push(Event event) {
  const auto found = waiting_.find(event.endpoint);
  if (found != waiting_.end()) {
    ++coalesced_;
    fall_together(found->second, std::move(event));
    return false;
  }
  order_.push_back(event.endpoint);
  std::string key = event.endpoint;
  waiting_.emplace(std::move(key), std::move(event));
  return true;
}

std::optional<Event> EventQueue::pop(std::chrono::nanoseconds now, const ReadyAt& ready_at) {
  const auto ready = std::ranges::find_if(order_, [&](const std::string& endpoint) {
    const auto at = ready_at(endpoint);
    return at && *at <= now;
  });
  if (ready == order_.end()) return std::nullopt;
  const auto found = waiting_.find(*ready);
  Event event = std::move(found->second);
  waiting_.erase(found);
  order_.erase(ready);
  return event;
}

std::optional<std::chrono::nanoseconds> EventQueue::next(const ReadyAt& ready_at) const {
  std::optional<std::chrono::nanoseconds> first;
  for (const std::string& endpoint : order_) {
    const auto at = ready_at(endpoint);
    if (at && (!first || *at < *first)) first = at;
  }
  return first;
}

const Event* EventQueue::waiting(const std::string& endpoint) const {
  const auto found = waiting_.find(endpoint);
  return found == waiting_.end() ? nullptr : &found->second;
}

void EventQueue::forget(const std::string& endpoint) {
  if (waiting_.erase(endpoint) == 0) return;
  order_.erase(std::ranges::find(order_, endpoint));
}

}  // namespace forkmend::daemon
