// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/read_remedy.hpp"

#include <algorithm>

#include "policy/names.hpp"
#include "policy/parameter_value.hpp"
#include "policy/table_reader.hpp"

namespace forkmend::policy {

namespace {

std::vector<std::string_view> ids_of(std::span<const RemedyDeclaration> remedies) {
  std::vector<std::string_view> ids;
  for (const RemedyDeclaration& remedy : remedies) ids.push_back(remedy.id);
  return ids;
}

bool fit_for_first_aid(const RemedyDeclaration& remedy) {
  return remedy.scope == Scope::instance && remedy.risk == Risk::safe;
}

void read_risk(TableReader& reader, const Node& table, const RemedyDeclaration& remedy,
               RemedyChoice& choice, Issues& issues) {
  const auto index = reader.choice("risk", kRiskWords);
  if (!index) return;
  const auto risk = static_cast<Risk>(*index);
  if (risk >= remedy.risk) {
    choice.risk = risk;
    return;
  }
  const auto own = static_cast<std::size_t>(remedy.risk);
  const auto found = std::ranges::find(table.members, "risk", &Member::key);
  issues.add(found->value.at,
             {"risk " + quoted(to_string(risk)) + " is lower than the " +
                  quoted(to_string(remedy.risk)) + " of " + std::string(remedy.id),
              alternatives(std::span(kRiskWords).subspan(own)) + ": a rule can only raise it"});
}

void read_parameters(TableReader& reader, const RemedyDeclaration& remedy, RemedyChoice& choice,
                     Issues& issues) {
  for (const ParameterSpec& spec : remedy.parameters) {
    const Node* node = reader.find(spec.name);
    if (node == nullptr) continue;
    if (const auto value = read_parameter(spec, *node, issues)) {
      choice.parameters.set(spec.name, *value);
    }
  }
}

void want_required(const RemedyDeclaration& remedy, const RemedyChoice& choice,
                   std::span<const Member> members, Issues& issues) {
  for (const ParameterSpec& spec : remedy.parameters) {
    // One that is there with a wrong value has been reported.
    if (!spec.required || std::ranges::find(members, spec.name, &Member::key) != members.end()) {
      continue;
    }
    issues.add(choice.at, {"remedy " + quoted(remedy.id) + " has no " + std::string(spec.name),
                           std::string(spec.name) + " = " + expectation(spec)});
  }
}

RemedyChoice start_choice(const RemedyDeclaration& remedy, SourcePosition at) {
  RemedyChoice choice;
  choice.remedy = std::string(remedy.id);
  choice.parameters = default_parameters(remedy.parameters);
  choice.at = at;
  return choice;
}

void note_spellings(const RemedyDeclaration& remedy, RemedyChoice& choice) {
  for (const ParameterSpec& spec : remedy.parameters) {
    const auto found = choice.parameters.all().find(spec.name);
    if (found == choice.parameters.all().end()) continue;
    choice.written.emplace(spec.name, write_parameter(spec, found->second));
  }
}

}  // namespace

const RemedyDeclaration* find_remedy(const Node& id, std::span<const RemedyDeclaration> remedies,
                                     Issues& issues) {
  const auto found = std::ranges::find(remedies, id.text, &RemedyDeclaration::id);
  if (found != remedies.end()) return &*found;
  issues.add(id.at, {"unknown remedy " + quoted(id.text), "an id that `forkmend remedies` lists",
                     suggest(id.text, ids_of(remedies))});
  return nullptr;
}

std::optional<RemedyChoice> read_remedy(const Node& node, std::string_view key,
                                        std::span<const RemedyDeclaration> remedies,
                                        Issues& issues) {
  const std::string form = "a remedy id, or a table such as { remedy = \"overcommit-limit\" }";
  if (node.kind == Node::Kind::text) {
    const RemedyDeclaration* remedy = find_remedy(node, remedies, issues);
    if (remedy == nullptr) return std::nullopt;
    RemedyChoice choice = start_choice(*remedy, node.at);
    want_required(*remedy, choice, {}, issues);
    note_spellings(*remedy, choice);
    return choice;
  }
  if (node.kind != Node::Kind::table) {
    issues.add(node.at, {"an item of " + std::string(key) + " is " + describe(node), form});
    return std::nullopt;
  }
  TableReader reader(node, "", issues);
  const Node* id = reader.find("remedy");
  if (id == nullptr || id->kind != Node::Kind::text) {
    const std::string wrong = id == nullptr ? "an item of " + std::string(key) + " has no remedy"
                                            : "remedy is " + describe(*id);
    issues.add(id == nullptr ? node.at : id->at, {wrong, id == nullptr ? form : "a remedy id"});
    return std::nullopt;
  }
  const RemedyDeclaration* remedy = find_remedy(*id, remedies, issues);
  if (remedy == nullptr) return std::nullopt;
  RemedyChoice choice = start_choice(*remedy, node.at);
  TableReader keys(node, "of remedy " + quoted(remedy->id), issues);
  static_cast<void>(keys.find("remedy"));
  read_risk(keys, node, *remedy, choice, issues);
  read_parameters(keys, *remedy, choice, issues);
  want_required(*remedy, choice, node.members, issues);
  keys.reject_unknown_keys();
  note_spellings(*remedy, choice);
  return choice;
}

void check_first_aid(const RemedyChoice& choice, std::span<const RemedyDeclaration> remedies,
                     Issues& issues) {
  const auto found = std::ranges::find(remedies, choice.remedy, &RemedyDeclaration::id);
  const bool raised = choice.risk && *choice.risk > Risk::safe;
  if (found == remedies.end() || (fit_for_first_aid(*found) && !raised)) return;
  std::vector<std::string_view> fitting;
  for (const RemedyDeclaration& remedy : remedies) {
    if (fit_for_first_aid(remedy)) fitting.push_back(remedy.id);
  }
  const Risk risk = raised ? *choice.risk : found->risk;
  std::string expected = "a remedy that is safe and changes only the instance";
  if (!fitting.empty()) expected += ": " + alternatives(fitting);
  issues.add(choice.at, {quoted(choice.remedy) + " cannot be first aid: its scope is " +
                             std::string(to_string(found->scope)) + " and its risk " +
                             std::string(to_string(risk)),
                         expected});
}

}  // namespace forkmend::policy
