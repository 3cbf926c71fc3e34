// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/document.hpp"
#include "policy/issues.hpp"

namespace forkmend::policy {

struct IntegerRange {
  std::int64_t minimum = 0;
  std::int64_t maximum = 0;
  std::string_view also = {};  ///< as in DurationRange
};

struct DurationRange {
  std::chrono::milliseconds minimum{0};
  std::chrono::milliseconds maximum{0};
  std::string_view also = {};  ///< what else the key takes, for messages: " or \"auto\""
};

/// Reads one table key by key. Every getter gives nullopt both for an absent key and for a wrong
/// value; the wrong value has been reported then. What was never asked for is an unknown key.
class TableReader {
 public:
  /// place: where the table stands, for messages: "in [rails]".
  TableReader(const Node& table, std::string_view place, Issues& issues);

  /// The value of a key, whatever it is; the key counts as known from now on, and has to outlive
  /// this reader.
  [[nodiscard]] const Node* find(std::string_view key);

  [[nodiscard]] std::optional<std::string> text(std::string_view key);
  [[nodiscard]] std::optional<bool> flag(std::string_view key);
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key, IntegerRange range);
  [[nodiscard]] std::optional<std::chrono::milliseconds> duration(std::string_view key,
                                                                  DurationRange range);
  /// Which of the words it is.
  [[nodiscard]] std::optional<std::size_t> choice(std::string_view key,
                                                  std::span<const std::string_view> words);
  /// The items of a list; nullptr when absent. `of` says what it lists: "cause ids".
  [[nodiscard]] const std::vector<Node>* list(std::string_view key, std::string_view of);
  /// The strings of a list, each at most once; other items and repeated ones are reported.
  [[nodiscard]] std::vector<const Node*> words(std::string_view key, std::string_view of);

  void reject_unknown_keys() const;

 private:
  const Node& table_;
  std::string place_;
  Issues& issues_;
  std::vector<std::string_view> known_;
};

/// Checks one duration: a string with a unit, within the range.
[[nodiscard]] std::optional<std::chrono::milliseconds> read_duration(std::string_view key,
                                                                     const Node& node,
                                                                     DurationRange range,
                                                                     Issues& issues);

/// A duration as a policy writes it, exact: "10m", "1500ms".
[[nodiscard]] std::string exact_duration(std::chrono::milliseconds duration);

}  // namespace forkmend::policy
