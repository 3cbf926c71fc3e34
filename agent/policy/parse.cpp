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
#include "policy/tables.hpp"

namespace forkmend::policy {

namespace {

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
  if (const Node* rails = table_of(reader, "rails", issues)) {
    policy.rails = read_rails(*rails, remedies, issues);
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
