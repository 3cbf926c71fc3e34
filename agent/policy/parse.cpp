// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <map>

#include "policy/document.hpp"
#include "policy/issues.hpp"
#include "policy/names.hpp"
#include "policy/policy.hpp"
#include "policy/read_rails.hpp"
#include "policy/read_rule.hpp"
#include "policy/read_waiver.hpp"
#include "policy/table_reader.hpp"

namespace forkmend::policy {

namespace {

constexpr std::int64_t kSchema = 1;
constexpr SourcePosition kTop{1, 1};

/// False for a file of another format: none of its keys can be judged then.
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

std::string line_of(SourcePosition at) {
  return "line " + std::to_string(at.line);
}

void reject_repeated_name(const Node& node, const Rule& rule,
                          std::map<std::string, SourcePosition>& seen, Issues& issues) {
  if (rule.name.empty()) return;
  const auto [first, is_new] = seen.emplace(rule.name, rule.at);
  if (is_new) return;
  SourcePosition at = rule.at;
  for (const Member& member : node.members) {
    if (member.key == "name") at = member.value.at;
  }
  issues.add(at, {"the rule of " + line_of(first->second) + " has the name " + quoted(rule.name) +
                      " already",
                  "a name of its own for each rule"});
}

/// The tables under [[key]]; what is none is reported.
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

void read_rules(TableReader& reader, std::span<const RemedyDeclaration> remedies, Policy& policy,
                Issues& issues) {
  std::map<std::string, SourcePosition> names;
  for (const Node* item : tables_of(reader, "rule", issues)) {
    policy.rules.push_back(read_rule(*item, remedies, issues));
    reject_repeated_name(*item, policy.rules.back(), names, issues);
  }
}

void read_waivers(TableReader& reader, Policy& policy, Issues& issues) {
  for (const Node* item : tables_of(reader, "waiver", issues)) {
    policy.waivers.push_back(read_waiver(*item, issues));
  }
}

Policy read_policy(const Node& root, std::span<const RemedyDeclaration> remedies, Issues& issues) {
  Policy policy;
  TableReader reader(root, "at the top of the file", issues);
  if (!check_schema(reader, issues)) return policy;
  if (const auto mode = reader.choice("mode", kModeWords)) policy.mode = static_cast<Mode>(*mode);
  if (const Node* rails = reader.find("rails")) {
    if (rails->kind == Node::Kind::table) {
      policy.rails = read_rails(*rails, remedies, issues);
    } else {
      issues.add(rails->at, {"rails is " + describe(*rails), "a table", "[rails]"});
    }
  }
  read_rules(reader, remedies, policy, issues);
  read_waivers(reader, policy, issues);
  reader.reject_unknown_keys();
  return policy;
}

}  // namespace

LoadResult parse_policy(std::string_view text, std::string_view file,
                        std::span<const RemedyDeclaration> remedies) {
  const auto document = parse_document(text, file);
  if (const auto* error = std::get_if<PolicyError>(&document)) return std::vector{*error};
  Issues issues(file);
  Policy policy = read_policy(std::get<Node>(document), remedies, issues);
  policy.source = std::string(file);
  if (!issues.empty()) return std::move(issues).take();
  return policy;
}

}  // namespace forkmend::policy
