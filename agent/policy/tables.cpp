// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/tables.hpp"

#include <cstdint>
#include <string>

namespace forkmend::policy {

namespace {

constexpr std::int64_t kSchema = 1;
constexpr SourcePosition kTop{1, 1};

}  // namespace

bool check_schema(TableReader& reader, Issues& issues) {
  const Node* node = reader.find("schema");
  if (node == nullptr) {
    issues.add(kTop, {"schema is missing", "schema = 1 at the top of the file"});
    return true;
  }
  if (node->kind != Node::Kind::integer) {
    issues.add(node->at, {"schema is " + describe(*node), "schema = 1"});
    return true;
  }
  if (node->integer == kSchema) return true;
  issues.add(node->at, {"schema " + std::to_string(node->integer) +
                            " is unknown to this version (nothing else was checked)",
                        "schema = 1"});
  return false;
}

const Node* table_of(TableReader& reader, std::string_view name, Issues& issues) {
  const Node* node = reader.find(name);
  if (node == nullptr || node->kind == Node::Kind::table) return node;
  const std::string key(name);
  issues.add(node->at, {key + " is " + describe(*node), "a table", "[" + key + "]"});
  return nullptr;
}

std::vector<const Node*> tables_of(TableReader& reader, std::string_view name, Issues& issues) {
  std::vector<const Node*> tables;
  const std::string key(name);
  const Node* node = reader.find(name);
  if (node == nullptr) return tables;
  const std::string heading = "[[" + key + "]]";
  const std::string expected = "a list of tables, each under a line " + heading;
  if (node->kind != Node::Kind::list) {
    issues.add(node->at, {key + " is " + describe(*node), expected, heading});
    return tables;
  }
  for (const Node& item : node->items) {
    if (item.kind == Node::Kind::table) {
      tables.push_back(&item);
    } else {
      issues.add(item.at, {"an item of " + key + " is " + describe(item), expected, heading});
    }
  }
  return tables;
}

std::string line_of(SourcePosition at) {
  return "line " + std::to_string(at.line);
}

}  // namespace forkmend::policy
