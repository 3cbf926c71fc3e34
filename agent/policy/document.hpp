// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "policy/policy.hpp"

namespace forkmend::policy {

struct Member;

/// A TOML value with its place in the file. Our own tree, so that one source file alone includes
/// the TOML library.
struct Node {
  enum class Kind { boolean, integer, real, text, time, list, table };

  Kind kind = Kind::table;
  SourcePosition at;
  bool flag = false;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;
  std::vector<Node> items;      ///< of a list
  std::vector<Member> members;  ///< of a table, in file order
};

struct Member {
  std::string key;
  SourcePosition at;
  Node value;
};

/// The file as a table. A syntax error ends the reading: what follows it cannot be trusted.
[[nodiscard]] std::variant<Node, PolicyError> parse_document(std::string_view text,
                                                             std::string_view file);

/// `the string "abc"`, `the number 600`, `a list`: harmless for a terminal.
[[nodiscard]] std::string describe(const Node& node);

}  // namespace forkmend::policy
