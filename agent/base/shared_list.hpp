// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace forkmend {

/// A vector that nobody changes any more, shared by its copies: what is read once for a host and
/// kept with each of its servers.
template <class T>
class SharedList {
 public:
  SharedList() : SharedList(std::vector<T>()) {}
  // A vector becomes one wherever one is wanted.
  SharedList(std::vector<T> items)  // NOLINT(google-explicit-constructor)
      : items_(std::make_shared<const std::vector<T>>(std::move(items))) {}

  [[nodiscard]] auto begin() const { return items_->begin(); }
  [[nodiscard]] auto end() const { return items_->end(); }
  [[nodiscard]] std::size_t size() const { return items_->size(); }
  [[nodiscard]] bool empty() const { return items_->empty(); }
  [[nodiscard]] const T& front() const { return items_->front(); }
  [[nodiscard]] const T& operator[](std::size_t index) const { return (*items_)[index]; }
  [[nodiscard]] const std::vector<T>& items() const { return *items_; }

 private:
  std::shared_ptr<const std::vector<T>> items_;
};

template <class T>
[[nodiscard]] Result<SharedList<T>> share(Result<std::vector<T>> items) {
  if (!items) return items.error();
  return SharedList<T>(std::move(*items));
}

}  // namespace forkmend
