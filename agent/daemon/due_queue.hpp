// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace forkmend::daemon {

/// What is due when: one place to wait for many, with one timer. Who is put in again is in it
/// twice: whoever takes one out knows by its time whether that still holds. Pure.
template <class T>
class DueQueue {
 public:
  struct Entry {
    std::chrono::nanoseconds due{0};
    T item;
  };

  void push(std::chrono::nanoseconds due, T item) {
    heap_.push_back({due, std::move(item)});
    std::ranges::push_heap(heap_, is_later);
  }

  /// The one that is due first; nullopt: none is due by now.
  [[nodiscard]] std::optional<Entry> pop(std::chrono::nanoseconds now) {
    if (heap_.empty() || heap_.front().due > now) return std::nullopt;
    std::ranges::pop_heap(heap_, is_later);
    Entry first = std::move(heap_.back());
    heap_.pop_back();
    return first;
  }

  [[nodiscard]] std::optional<std::chrono::nanoseconds> next() const {
    return heap_.empty() ? std::nullopt : std::optional(heap_.front().due);
  }

 private:
  static bool is_later(const Entry& a, const Entry& b) { return a.due > b.due; }

  std::vector<Entry> heap_;
};

}  // namespace forkmend::daemon
