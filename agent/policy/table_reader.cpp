// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/table_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"

namespace forkmend::policy {

namespace {

using std::chrono::milliseconds;

void wrong_type(Issues& issues, std::string_view key, const Node& node, std::string_view expected,
                std::optional<std::string> meant = std::nullopt) {
  issues.add(node.at,
             {std::string(key) + " is " + describe(node), std::string(expected), std::move(meant)});
}

}  // namespace

std::string exact_duration(milliseconds duration) {
  constexpr std::array<std::pair<std::int64_t, std::string_view>, 4> kUnits = {{
      {86'400'000, "d"},
      {3'600'000, "h"},
      {60'000, "m"},
      {1'000, "s"},
  }};
  const std::int64_t ms = duration.count();
  if (ms == 0) return "0s";
  for (const auto& [factor, unit] : kUnits) {
    if (ms % factor == 0) return std::to_string(ms / factor).append(unit);
  }
  return std::to_string(ms) + "ms";
}

std::optional<milliseconds> read_duration(std::string_view key, const Node& node,
                                          DurationRange range, Issues& issues) {
  const std::string expected = std::string("a duration such as \"10m\"").append(range.also);
  if (node.kind == Node::Kind::integer && node.integer >= 0) {
    const std::string seconds = quoted(std::to_string(node.integer) + "s");
    wrong_type(issues, key, node, expected, seconds);
    return std::nullopt;
  }
  if (node.kind != Node::Kind::text) {
    wrong_type(issues, key, node, expected);
    return std::nullopt;
  }
  const auto parsed = parse_duration(node.text);
  if (!parsed) {
    issues.add(node.at, {std::string(key) + " is " + quoted(node.text), expected});
    return std::nullopt;
  }
  if (*parsed < range.minimum || *parsed > range.maximum) {
    issues.add(node.at, {std::string(key) + " is " + quoted(node.text),
                         "a duration from " + exact_duration(range.minimum) + " to " +
                             exact_duration(range.maximum) + std::string(range.also)});
    return std::nullopt;
  }
  return *parsed;
}

TableReader::TableReader(const Node& table, std::string_view place, Issues& issues)
    : table_(table), place_(place), issues_(issues) {}

const Node* TableReader::find(std::string_view key) {
  if (std::ranges::find(known_, key) == known_.end()) known_.push_back(key);
  const auto found = std::ranges::find(table_.members, key, &Member::key);
  return found != table_.members.end() ? &found->value : nullptr;
}

std::optional<std::string> TableReader::text(std::string_view key) {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (node->kind == Node::Kind::text) return node->text;
  wrong_type(issues_, key, *node, "a string");
  return std::nullopt;
}

std::optional<bool> TableReader::flag(std::string_view key) {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (node->kind == Node::Kind::boolean) return node->flag;
  const bool word = node->kind == Node::Kind::text;
  const bool yes = word && (node->text == "yes" || node->text == "true" || node->text == "on");
  const bool no = word && (node->text == "no" || node->text == "false" || node->text == "off");
  wrong_type(issues_, key, *node, "true or false",
             yes || no ? std::optional<std::string>(yes ? "true" : "false") : std::nullopt);
  return std::nullopt;
}

std::optional<std::int64_t> TableReader::integer(std::string_view key, IntegerRange range) {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  const bool whole = node->kind == Node::Kind::integer;
  if (whole && node->integer >= range.minimum && node->integer <= range.maximum) {
    return node->integer;
  }
  wrong_type(issues_, key, *node,
             "a whole number from " + std::to_string(range.minimum) + " to " +
                 std::to_string(range.maximum) + std::string(range.also));
  return std::nullopt;
}

std::optional<milliseconds> TableReader::duration(std::string_view key, DurationRange range) {
  const Node* node = find(key);
  return node != nullptr ? read_duration(key, *node, range, issues_) : std::nullopt;
}

std::optional<std::size_t> TableReader::choice(std::string_view key,
                                               std::span<const std::string_view> words) {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (node->kind != Node::Kind::text) {
    wrong_type(issues_, key, *node, alternatives(words));
    return std::nullopt;
  }
  const auto found = std::ranges::find(words, node->text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  issues_.add(node->at, {std::string(key) + " is " + quoted(node->text), alternatives(words),
                         suggest(node->text, words)});
  return std::nullopt;
}

const std::vector<Node>* TableReader::list(std::string_view key, std::string_view of) {
  const Node* node = find(key);
  if (node == nullptr) return nullptr;
  if (node->kind == Node::Kind::list) return &node->items;
  std::optional<std::string> meant;
  if (node->kind == Node::Kind::text) meant = "[" + quoted(node->text) + "]";
  wrong_type(issues_, key, *node, "a list of " + std::string(of), std::move(meant));
  return nullptr;
}

std::vector<const Node*> TableReader::words(std::string_view key, std::string_view of) {
  std::vector<const Node*> found;
  const std::vector<Node>* items = list(key, of);
  if (items == nullptr) return found;
  for (const Node& item : *items) {
    if (item.kind != Node::Kind::text) {
      wrong_type(issues_, "an item of " + std::string(key), item, "a string");
      continue;
    }
    const auto same = [&item](const Node* other) { return other->text == item.text; };
    if (std::ranges::any_of(found, same)) {
      issues_.add(item.at, {quoted(item.text) + " is twice in " + std::string(key),
                            "each of the " + std::string(of) + " once"});
      continue;
    }
    found.push_back(&item);
  }
  return found;
}

void TableReader::reject_unknown_keys() const {
  for (const Member& member : table_.members) {
    if (std::ranges::find(known_, member.key) != known_.end()) continue;
    issues_.add(member.at, {"unknown key " + quoted(member.key) + " " + place_,
                            alternatives(known_), suggest(member.key, known_)});
  }
}

}  // namespace forkmend::policy
