// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "policy/document.hpp"

namespace forkmend::testing {

[[nodiscard]] std::string read_text(const std::filesystem::path& file);

/// One TOML file of a case. Keys that nobody asked for are an error, as everywhere.
class TomlFile {
 public:
  explicit TomlFile(const std::filesystem::path& file);

  [[nodiscard]] std::string text(std::string_view key, std::string_view otherwise = "");
  [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t otherwise);
  [[nodiscard]] bool flag(std::string_view key, bool otherwise);
  [[nodiscard]] std::vector<std::string> texts(std::string_view key);
  [[nodiscard]] std::vector<std::int64_t> integers(std::string_view key);
  /// A table with every value as text: numbers in decimal, false as "".
  [[nodiscard]] std::map<std::string, std::string> table(std::string_view key);
  /// Throws when a key was never asked for.
  void reject_unknown_keys() const;

 private:
  [[nodiscard]] const policy::Node* find(std::string_view key);
  [[noreturn]] void fail(const policy::Node& node, std::string_view expected) const;

  std::filesystem::path file_;
  policy::Node root_;
  std::vector<std::string> known_;
};

}  // namespace forkmend::testing
