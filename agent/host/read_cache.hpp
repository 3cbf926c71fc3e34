// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <any>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// Answers of a Root by path. Not for several threads.
class ReadCache {
 public:
  /// The answer that is known, else that of `ask`, which is known from now on.
  template <class T, class Ask>
  static const Result<T>& recall(std::map<std::string, Result<T>, std::less<>>& known,
                                 std::string_view path, Ask ask) {
    const auto found = known.find(path);
    if (found != known.end()) return found->second;
    return known.emplace(std::string(path), ask()).first->second;
  }

  std::map<std::string, Result<std::string>, std::less<>> contents;
  std::map<std::string, Result<std::string>, std::less<>> links;
  std::map<std::string, Result<std::vector<std::string>>, std::less<>> names;
  std::map<std::string, Result<FileStatus>, std::less<>> statuses;
  std::map<std::string, std::any, std::less<>> made;  ///< by remembered()
};

/// What `make` gives, made once in the life of a caching Root. A recorded one makes it each time,
/// so that all its reads are written down.
template <class Make>
auto remembered(const Root& root, std::string_view name, Make make) {
  using Value = decltype(make());
  ReadCache* cache = root.recorded() ? nullptr : root.cache();
  if (cache == nullptr) return make();
  auto found = cache->made.find(name);
  if (found == cache->made.end()) {
    found = cache->made.emplace(std::string(name), std::any(make())).first;
  }
  return Value(std::any_cast<const Value&>(found->second));
}

/// What remembered() has made by that name already, or nullptr. Lives as long as the Root.
template <class Value>
const Value* recalled(const Root& root, std::string_view name) {
  ReadCache* cache = root.recorded() ? nullptr : root.cache();
  if (cache == nullptr) return nullptr;
  const auto found = cache->made.find(name);
  return found == cache->made.end() ? nullptr : std::any_cast<Value>(&found->second);
}

}  // namespace forkmend::host
