// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/persistence.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/text.hpp"

namespace forkmend::redis {

namespace {

enum class Field : std::size_t {
  rdb_status,
  rewrite_status,
  aof_write_status,
  last_save,
  changes,
  saves,
  rewrites,
  aof_enabled,
  bgsave,
  rewrite,
  module_fork,
};

constexpr auto kNames = std::to_array<std::string_view>({
    "rdb_last_bgsave_status",
    "aof_last_bgrewrite_status",
    "aof_last_write_status",
    "rdb_last_save_time",
    "rdb_changes_since_last_save",
    "rdb_saves",
    "aof_rewrites",
    "aof_enabled",
    "rdb_bgsave_in_progress",
    "aof_rewrite_in_progress",
    "module_fork_in_progress",
});

/// By Field; no value: data() is nullptr.
using Values = std::array<std::string_view, kNames.size()>;

/// The first of a repeated name wins. A field without value in a last line that was cut off is
/// none.
void take_persistence_line(std::string_view line, bool complete, Values& values) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const auto* const found = std::ranges::find(kNames, line.substr(0, colon));
  if (found == kNames.end()) return;
  std::string_view value = line.substr(colon + 1);
  while (value.ends_with('\r')) value.remove_suffix(1);
  if (value.empty() && !complete) return;
  std::string_view& place = values[static_cast<std::size_t>(found - kNames.begin())];
  if (place.data() == nullptr) place = value;
}

struct Reader {
  const Values& values;

  [[nodiscard]] std::string_view of(Field field) const {
    return values[static_cast<std::size_t>(field)];
  }
  [[nodiscard]] std::optional<std::int64_t> number(Field field) const {
    return of(field).data() == nullptr ? std::nullopt : parse_integer(of(field));
  }
  [[nodiscard]] bool is_set(Field field) const { return number(field).value_or(0) != 0; }
  [[nodiscard]] bool fails(Field field) const {
    return of(field).data() != nullptr && of(field) != "ok";
  }
};

}  // namespace

std::optional<Persistence> parse_persistence(std::string_view text) {
  Values values;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const bool complete = end != std::string_view::npos;
    take_persistence_line(text.substr(0, end), complete, values);
    text.remove_prefix(complete ? end + 1 : text.size());
  }
  const auto is_there = [](std::string_view value) { return value.data() != nullptr; };
  if (std::ranges::none_of(values, is_there)) return std::nullopt;
  const Reader read{values};
  return Persistence{
      .last_save = read.number(Field::last_save),
      .changes = read.number(Field::changes),
      .saves = read.number(Field::saves),
      .rewrites = read.number(Field::rewrites),
      .save_fails = read.fails(Field::rdb_status),
      .rewrite_fails = read.fails(Field::rewrite_status),
      .aof_write_fails = read.fails(Field::aof_write_status),
      .in_aof = read.is_set(Field::aof_enabled) && read.of(Field::aof_write_status) == "ok",
      .child_active = read.is_set(Field::bgsave) || read.is_set(Field::rewrite) ||
                      read.is_set(Field::module_fork),
  };
}

}  // namespace forkmend::redis
