// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/read_rule.hpp"

#include <algorithm>

#include "policy/cause_ids.hpp"
#include "policy/condition.hpp"
#include "policy/names.hpp"
#include "policy/read_remedy.hpp"
#include "policy/table_reader.hpp"

namespace forkmend::policy {

namespace {

constexpr std::size_t kLongestName = 120;

/// An empty list is a mistake where leaving the key out means something else.
void reject_empty(TableReader& reader, std::string_view key, std::string_view expected,
                  Issues& issues) {
  const Node* node = reader.find(key);
  if (node == nullptr || node->kind != Node::Kind::list || !node->items.empty()) return;
  issues.add(node->at, {std::string(key) + " is an empty list", std::string(expected)});
}

void read_name(TableReader& reader, const Node& node, Rule& rule, Issues& issues) {
  const std::string expected = "one line of at most " + std::to_string(kLongestName) + " bytes";
  const Node* place = reader.find("name");
  if (place == nullptr) {
    issues.add(node.at, {"this rule has no name", "name = \"what this rule is for\""});
    return;
  }
  const auto name = reader.text("name");
  if (!name) return;
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (name->empty() || name->size() > kLongestName || std::ranges::any_of(*name, control)) {
    issues.add(place->at, {"name is " + quoted(*name), expected});
    return;
  }
  rule.name = *name;
}

void read_on(TableReader& reader, Rule& rule, Issues& issues) {
  reject_empty(reader, "on", alternatives(kTriggerWords) + ", or several of them", issues);
  std::vector<Trigger> triggers;
  for (const Node* item : reader.words("on", "triggers")) {
    const auto found = std::ranges::find(kTriggerWords, item->text);
    if (found == kTriggerWords.end()) {
      issues.add(item->at, {"unknown trigger " + quoted(item->text), alternatives(kTriggerWords),
                            suggest(item->text, kTriggerWords)});
      continue;
    }
    triggers.push_back(static_cast<Trigger>(found - kTriggerWords.begin()));
  }
  if (!triggers.empty()) rule.on = std::move(triggers);
}

void read_causes(TableReader& reader, Rule& rule, Issues& issues) {
  reject_empty(reader, "cause", "at least one cause id, or no key at all to match any cause",
               issues);
  for (const Node* item : reader.words("cause", "cause ids")) {
    if (find_cause(item->text) == nullptr) {
      std::vector<std::string_view> ids;
      for (const CauseInfo& cause : known_causes()) ids.push_back(cause.id);
      issues.add(item->at, {"unknown cause " + quoted(item->text),
                            "a cause id such as \"commit-limit\" (policies/README.md lists them)",
                            suggest(item->text, ids)});
      continue;
    }
    rule.causes.push_back(item->text);
  }
}

/// Whether "strain" in `on` can ever mean something: without causes a rule is for any strain, too.
void check_strain(TableReader& reader, const Rule& rule, Issues& issues) {
  if (std::ranges::find(rule.on, Trigger::strain) == rule.on.end() || rule.causes.empty()) return;
  if (std::ranges::any_of(rule.causes, is_strain)) return;
  const Node* place = reader.find("on");
  if (place == nullptr) return;
  issues.add(place->at, {"on names \"strain\", and no cause of this rule is one",
                         "a cause such as \"thp\" or \"fragmentation\" (policies/README.md says "
                         "which are strains)"});
}

void read_when(TableReader& reader, Rule& rule, Issues& issues) {
  for (const Node* item : reader.words("when", "conditions")) {
    auto compiled = compile_condition(item->text);
    if (auto* condition = std::get_if<Condition>(&compiled)) {
      rule.when.push_back(std::move(*condition));
    } else {
      issues.add_message(item->at, std::get<std::string>(std::move(compiled)));
    }
  }
}

std::vector<RemedyChoice> read_choices(TableReader& reader, std::string_view key,
                                       std::span<const RemedyDeclaration> remedies,
                                       Issues& issues) {
  std::vector<RemedyChoice> choices;
  const std::vector<Node>* items = reader.list(key, "remedies");
  if (items == nullptr) return choices;
  for (const Node& item : *items) {
    if (auto choice = read_remedy(item, key, remedies, issues)) {
      choices.push_back(std::move(*choice));
    }
  }
  return choices;
}

}  // namespace

Rule read_rule(const Node& node, std::span<const RemedyDeclaration> remedies, Issues& issues) {
  Rule rule;
  rule.at = node.at;
  TableReader reader(node, "in [[rule]]", issues);
  read_name(reader, node, rule, issues);
  read_on(reader, rule, issues);
  read_causes(reader, rule, issues);
  check_strain(reader, rule, issues);
  rule.first_aid = read_choices(reader, "first_aid", remedies, issues);
  for (const RemedyChoice& choice : rule.first_aid) check_first_aid(choice, remedies, issues);
  read_when(reader, rule, issues);
  rule.attempts = read_choices(reader, "try", remedies, issues);
  if (reader.find("try") == nullptr && reader.find("first_aid") == nullptr) {
    issues.add(node.at, {"this rule does nothing",
                         "try = [...], first_aid = [...], or try = [] to do nothing on purpose"});
  }
  if (const auto order = reader.choice("order", kOrderWords)) {
    rule.order = static_cast<Order>(*order);
  }
  if (const auto persist = reader.choice("persist", kPersistWords)) {
    rule.persist = static_cast<Persist>(*persist);
  }
  reader.reject_unknown_keys();
  return rule;
}

}  // namespace forkmend::policy
