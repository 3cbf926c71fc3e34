// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/save_children.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.hpp"

namespace forkmend::engine {

namespace {

using host::ProcessRow;

constexpr std::array<std::string_view, 5> kTitles = {
    "-rdb-bgsave", "-aof-rewrite", "-rdb-to-slaves", "-rdb-to-replicas", "-module-fork"};

/// The first word: a title is one argument with blanks in it.
std::string_view title_word(const ProcessRow& row) {
  if (row.cmdline.empty()) return {};
  const auto words = split_blanks(row.cmdline.front());
  return words.empty() ? std::string_view() : words.front();
}

bool has_child_title(const ProcessRow& row) {
  const std::string_view word = title_word(row);
  return std::ranges::any_of(kTitles, [word](std::string_view end) { return word.ends_with(end); });
}

bool is_server(const ProcessRow& row) {
  return title_word(row).ends_with("-server");
}

bool is_untitled_child(const ProcessRow& row, const std::vector<ProcessRow>& table) {
  if (row.exe.empty()) return false;
  return std::ranges::any_of(table, [&row](const ProcessRow& other) {
    return other.pid == row.parent && other.exe == row.exe && is_server(other);
  });
}

}  // namespace

std::vector<SaveChild> save_children(const std::vector<ProcessRow>& table) {
  std::vector<SaveChild> children;
  for (const ProcessRow& row : table) {
    if (!has_child_title(row) && !is_untitled_child(row, table)) continue;
    children.push_back({row.pid, row.parent, std::string(title_word(row))});
  }
  return children;
}

std::string to_string(const SaveChild& child) {
  return printable(child.title, 60) + " (pid " + std::to_string(child.pid) + ")";
}

}  // namespace forkmend::engine
