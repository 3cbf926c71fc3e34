// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/fact.hpp"
#include "base/result.hpp"
#include "host/counters.hpp"

namespace forkmend::host {

/// Whether what was read is the running host or a captured tree: a file that is missing means that
/// this kernel has no such thing, or only that nobody captured it.
enum class TreeKind { live, captured };

/// Why there is no value.
[[nodiscard]] FactState state_of(Errc code, TreeKind tree);

/// Puts readings into a FactSet under the names and units of the catalogue.
class FactWriter {
 public:
  FactWriter(TreeKind tree, FactSet& facts) : tree_(tree), facts_(facts) {}

  void put(std::string_view name, FactValue value, std::string_view source);
  void miss(std::string_view name, FactState state, std::string_view source,
            std::string_view reason);
  void miss(std::string_view name, const Error& error, std::string_view source);

  template <class T>
  void put_result(std::string_view name, const Result<T>& result, std::string_view source) {
    if (result) {
      put(name, FactValue(*result), source);
    } else {
      miss(name, result.error(), source);
    }
  }

  template <class T>
  void put_optional(std::string_view name, const std::optional<T>& value, std::string_view source,
                    FactState when_absent, std::string_view reason) {
    if (value) {
      put(name, FactValue(*value), source);
    } else {
      miss(name, when_absent, source, reason);
    }
  }

  /// One line of a file of counters; `when_absent` says what a file without it means.
  void put_line(std::string_view name, const Result<Counters>& counters, std::string_view file,
                std::string_view key, FactState when_absent = FactState::unknown);

 private:
  TreeKind tree_;
  FactSet& facts_;
};

}  // namespace forkmend::host
