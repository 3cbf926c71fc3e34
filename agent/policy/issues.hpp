// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.hpp"

namespace forkmend::policy {

/// The three parts of every message.
struct Complaint {
  std::string wrong;
  std::string expected;
  std::optional<std::string> meant = {};  ///< as it would be written, quotes included
};

/// "wrong; expected ...; did you mean ...?"
[[nodiscard]] std::string to_string(const Complaint& complaint);

/// Collects every mistake of a file, so that one run shows them all.
class Issues {
 public:
  explicit Issues(std::string_view file) : file_(file) {}

  void add(SourcePosition at, const Complaint& complaint);
  /// A message that already has its three parts.
  void add_message(SourcePosition at, std::string message);

  [[nodiscard]] bool empty() const { return errors_.empty(); }
  /// In file order.
  [[nodiscard]] std::vector<PolicyError> take() &&;

 private:
  std::string file_;
  std::vector<PolicyError> errors_;
};

/// The candidate nearest to a word, in quotes; nullopt when none is near or the word is absurdly
/// long (the search is quadratic).
[[nodiscard]] std::optional<std::string> suggest(std::string_view word,
                                                 std::span<const std::string_view> candidates);

/// `"a", "b" or "c"`.
[[nodiscard]] std::string alternatives(std::span<const std::string_view> values);

/// The word in quotes (single ones when it holds a double one), harmless for a terminal and cut to
/// a readable length.
[[nodiscard]] std::string quoted(std::string_view word);

}  // namespace forkmend::policy
