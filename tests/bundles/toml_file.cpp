// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "toml_file.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <variant>

namespace forkmend::testing {

using policy::Member;
using policy::Node;

std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TomlFile::TomlFile(const std::filesystem::path& file) : file_(file) {
  auto parsed = policy::parse_document(read_text(file), file.string());
  if (const auto* error = std::get_if<policy::PolicyError>(&parsed)) {
    throw std::runtime_error(to_string(*error));
  }
  root_ = std::move(std::get<Node>(parsed));
}

const Node* TomlFile::find(std::string_view key) {
  known_.emplace_back(key);
  const auto found = std::ranges::find(root_.members, key, &Member::key);
  return found != root_.members.end() ? &found->value : nullptr;
}

void TomlFile::fail(const Node& node, std::string_view expected) const {
  throw std::runtime_error(file_.string() + ":" + std::to_string(node.at.line) + ": " +
                           policy::describe(node) + "; expected " + std::string(expected));
}

std::string TomlFile::text(std::string_view key, std::string_view otherwise) {
  const Node* node = find(key);
  if (node == nullptr) return std::string(otherwise);
  if (node->kind != Node::Kind::text) fail(*node, "a string");
  return node->text;
}

std::int64_t TomlFile::integer(std::string_view key, std::int64_t otherwise) {
  const Node* node = find(key);
  if (node == nullptr) return otherwise;
  if (node->kind != Node::Kind::integer) fail(*node, "a whole number");
  return node->integer;
}

bool TomlFile::flag(std::string_view key, bool otherwise) {
  const Node* node = find(key);
  if (node == nullptr) return otherwise;
  if (node->kind != Node::Kind::boolean) fail(*node, "true or false");
  return node->flag;
}

std::vector<std::string> TomlFile::texts(std::string_view key) {
  std::vector<std::string> all;
  const Node* node = find(key);
  if (node == nullptr) return all;
  if (node->kind != Node::Kind::list) fail(*node, "a list of strings");
  for (const Node& item : node->items) {
    if (item.kind != Node::Kind::text) fail(item, "a string");
    all.push_back(item.text);
  }
  return all;
}

std::vector<std::int64_t> TomlFile::integers(std::string_view key) {
  std::vector<std::int64_t> all;
  const Node* node = find(key);
  if (node == nullptr) return all;
  if (node->kind != Node::Kind::list) fail(*node, "a list of numbers");
  for (const Node& item : node->items) {
    if (item.kind != Node::Kind::integer) fail(item, "a number");
    all.push_back(item.integer);
  }
  return all;
}

std::map<std::string, std::string> TomlFile::table(std::string_view key) {
  std::map<std::string, std::string> all;
  const Node* node = find(key);
  if (node == nullptr) return all;
  if (node->kind != Node::Kind::table) fail(*node, "a table");
  for (const Member& member : node->members) {
    const Node& value = member.value;
    if (value.kind == Node::Kind::text) {
      all[member.key] = value.text;
    } else if (value.kind == Node::Kind::integer) {
      all[member.key] = std::to_string(value.integer);
    } else if (value.kind == Node::Kind::boolean) {
      all[member.key] = value.flag ? "yes" : "";
    } else {
      fail(value, "a string, a number, true or false");
    }
  }
  return all;
}

void TomlFile::reject_unknown_keys() const {
  for (const Member& member : root_.members) {
    if (std::ranges::find(known_, member.key) == known_.end()) {
      throw std::runtime_error(file_.string() + ":" + std::to_string(member.at.line) +
                               ": unknown key " + member.key);
    }
  }
}

}  // namespace forkmend::testing
