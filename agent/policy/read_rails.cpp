// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/read_rails.hpp"

#include "policy/names.hpp"
#include "policy/read_proof_limits.hpp"
#include "policy/read_remedy.hpp"
#include "policy/table_reader.hpp"

namespace forkmend::policy {

namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr DurationRange kPause = {seconds(0), hours(24 * 30)};
constexpr DurationRange kVerify = {seconds(1), hours(24 * 7), " or \"auto\""};
constexpr IntegerRange kIncidents = {1, 1000};
constexpr IntegerRange kInstances = {1, 10000};
constexpr IntegerRange kSaves = {1, 1000};

template <class T, class From>
void assign(T& target, const std::optional<From>& value) {
  if (value) target = static_cast<T>(*value);
}

void read_verify_timeout(TableReader& reader, Rails& rails, Issues& issues) {
  constexpr std::string_view kKey = "verify_timeout";
  const Node* node = reader.find(kKey);
  if (node == nullptr) return;
  if (node->kind == Node::Kind::text && node->text == "auto") return;
  rails.verify_timeout = read_duration(kKey, *node, kVerify, issues);
}

void read_windows(TableReader& reader, Rails& rails, Issues& issues) {
  for (const Node* item : reader.words("windows", "windows")) {
    auto window = parse_window(item->text);
    if (window) {
      rails.windows.push_back(std::move(*window));
    } else {
      issues.add_message(item->at, window.error().message);
    }
  }
}

}  // namespace

Rails read_rails(const Node& node, std::span<const RemedyDeclaration> remedies, Issues& issues) {
  Rails rails;
  TableReader reader(node, "in [rails]", issues);
  assign(rails.max_risk, reader.choice("max_risk", kRiskWords));
  assign(rails.cooldown, reader.duration("cooldown", kPause));
  assign(rails.max_incidents_per_hour, reader.integer("max_incidents_per_hour", kIncidents));
  assign(rails.same_cause_limit, reader.integer("same_cause_limit", kInstances));
  read_verify_timeout(reader, rails, issues);
  rails.put_off_above = read_put_off_above(reader, issues);
  rails.abort_above = read_abort_above(reader, issues);
  assign(rails.stable_after, reader.duration("stable_after", kPause));
  assign(rails.stable_saves, reader.integer("stable_saves", kSaves));
  read_windows(reader, rails, issues);
  for (const Node* item : reader.words("deny", "remedy ids")) {
    if (find_remedy(*item, remedies, issues) != nullptr) rails.deny.push_back(item->text);
  }
  assign(rails.keep_strict_overcommit, reader.flag("keep_strict_overcommit"));
  reader.reject_unknown_keys();
  return rails;
}

}  // namespace forkmend::policy
