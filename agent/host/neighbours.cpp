// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/neighbours.hpp"

#include <algorithm>

namespace forkmend::host {

namespace {

/// By the name of the program where it can be read: any process may call itself postgres.
bool is_postgres(const ProcessRow& row) {
  return row.exe.empty() ? row.comm == "postgres" : row.exe == "postgres";
}

}  // namespace

std::optional<ProcessRow> postgresql(const Root& root) {
  const auto table = process_table(root);
  if (!table) return std::nullopt;
  const auto is_first = [&](const ProcessRow& row) {
    const auto parent = std::ranges::find(*table, row.parent, &ProcessRow::pid);
    return is_postgres(row) && (parent == table->end() || !is_postgres(*parent));
  };
  const auto found = std::ranges::find_if(*table, is_first);
  return found == table->end() ? std::nullopt : std::optional(*found);
}

}  // namespace forkmend::host
