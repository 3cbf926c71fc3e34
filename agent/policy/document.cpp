// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/document.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <tuple>

#include "base/fact.hpp"
#include "base/text.hpp"
#include "base/toml_text.hpp"

namespace forkmend::policy {

namespace {

SourcePosition position(const toml::source_region& region) {
  return {region.begin.line, region.begin.column};
}

Node convert(const toml::node& node, SourcePosition fallback);

void convert_table(const toml::table& table, Node& out) {
  for (const auto& [key, value] : table) {
    const SourcePosition at = position(key.source());
    out.members.push_back({from_private_use(key.str()), at, convert(value, at)});
  }
  // The library sorts by name; mistakes are reported in the order of the file.
  std::ranges::sort(out.members, [](const Member& a, const Member& b) {
    return std::tie(a.at.line, a.at.column, a.key) < std::tie(b.at.line, b.at.column, b.key);
  });
}

/// Tables that only dotted keys imply have no place of their own: they take their key's.
Node convert(const toml::node& node, SourcePosition fallback) {
  Node out;
  out.at = position(node.source());
  if (out.at.line == 0) out.at = fallback;
  if (const auto* table = node.as_table()) {
    convert_table(*table, out);
  } else if (const auto* list = node.as_array()) {
    out.kind = Node::Kind::list;
    for (const toml::node& item : *list) out.items.push_back(convert(item, out.at));
  } else if (const auto* text = node.as_string()) {
    out.kind = Node::Kind::text;
    out.text = from_private_use(text->get());
  } else if (const auto* integer = node.as_integer()) {
    out.kind = Node::Kind::integer;
    out.integer = integer->get();
  } else if (const auto* real = node.as_floating_point()) {
    out.kind = Node::Kind::real;
    out.real = real->get();
  } else if (const auto* flag = node.as_boolean()) {
    out.kind = Node::Kind::boolean;
    out.flag = flag->get();
  } else {
    out.kind = Node::Kind::time;
  }
  return out;
}

}  // namespace

std::variant<Node, PolicyError> parse_document(std::string_view text, std::string_view file) {
  const SourcePosition start{1, 1};
  const auto moved = to_private_use(text);
  if (!moved) {
    return PolicyError{std::string(file), start,
                       "a character of plane 15 (U+F0000 to U+FFFFF, private use) stands in the "
                       "file; expected none (nothing else was checked)"};
  }
  try {
    return convert(toml::parse(std::string_view(*moved)), start);
  } catch (const toml::parse_error& error) {
    return PolicyError{std::string(file), position(error.source()),
                       "not valid TOML: " + printable(from_private_use(error.description())) +
                           "; expected TOML 1.0 (nothing after this place was checked)"};
  }
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::boolean:
      return node.flag ? "true" : "false";
    case Node::Kind::integer:
      return "the number " + std::to_string(node.integer);
    case Node::Kind::real:
      return "the number " + forkmend::to_string(FactValue(node.real));
    case Node::Kind::text:
      return "the string \"" + printable(node.text, 80) + "\"";
    case Node::Kind::time:
      return "a date or time";
    case Node::Kind::list:
      return "a list";
    case Node::Kind::table:
      return "a table";
  }
  return "?";
}

}  // namespace forkmend::policy
