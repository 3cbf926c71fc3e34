// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "redis/info.hpp"

namespace forkmend::redis {

namespace {

constexpr std::size_t kMaxFactText = 4096;

/// Digits that are no quantity: a build id of 16 hex digits may happen to hold decimal ones only.
bool is_always_text(std::string_view name) {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"master_replid", "master_replid2", "os", "executable", "config_file", "role", "redis_mode",
       "server_mode", "server_name", "mem_allocator", "master_host", "availability_zone",
       "last_saved_file", "last_error"});
  constexpr auto kEndings =
      std::to_array<std::string_view>({"_version", "_sha1", "_id", "_human", "_policy", "_name"});
  if (name == "process_id") return false;
  return std::ranges::find(kNames, name) != kNames.end() ||
         std::ranges::any_of(kEndings, [&](std::string_view end) { return name.ends_with(end); });
}

bool is_in_bytes(std::string_view name) {
  constexpr auto kNames = std::to_array<std::string_view>({"maxmemory",
                                                           "total_system_memory",
                                                           "rdb_last_cow_size",
                                                           "aof_last_cow_size",
                                                           "module_fork_last_cow_size",
                                                           "current_cow_size",
                                                           "current_cow_peak",
                                                           "aof_current_size",
                                                           "aof_base_size",
                                                           "aof_buffer_length",
                                                           "aof_rewrite_buffer_length",
                                                           "repl_backlog_size",
                                                           "repl_backlog_histlen",
                                                           "allocator_allocated",
                                                           "allocator_active",
                                                           "allocator_resident",
                                                           "allocator_muzzy",
                                                           "mem_not_counted_for_evict",
                                                           "mem_replication_backlog",
                                                           "mem_total_replication_buffers",
                                                           "mem_replica_full_sync_buffer",
                                                           "mem_clients_slaves",
                                                           "mem_clients_normal",
                                                           "mem_cluster_links",
                                                           "mem_aof_buffer",
                                                           "number_of_cached_scripts_size",
                                                           "client_recent_max_input_buffer",
                                                           "client_recent_max_output_buffer"});
  if (name.starts_with("used_memory")) {
    return !name.ends_with("_perc") && !name.ends_with("_time");
  }
  return std::ranges::find(kNames, name) != kNames.end() || name.ends_with("_bytes") ||
         name.starts_with("total_net_");
}

std::string_view unit_of(std::string_view name) {
  if (is_in_bytes(name)) return "bytes";
  if (name.ends_with("_usec")) return "us";
  if (name.ends_with("_sec") && !name.ends_with("_per_sec")) return "seconds";
  if (name.ends_with("_seconds") || name.ends_with("_seconds_ago") ||
      name.ends_with("_cow_size_age")) {
    return "seconds";
  }
  if (name.ends_with("_perc")) return "percent";
  return "";
}

/// Plain decimal notation only: "1e5" and "nan" are no numbers of a server, a hex id might be.
bool is_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto plain = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  return !text.empty() && text.front() != '.' && std::ranges::all_of(text, plain);
}

bool is_no_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return text == "nan" || text == "inf";
}

FactValue value_of(std::string_view name, const std::string& text) {
  if (!is_always_text(name) && is_decimal(text)) {
    if (const auto whole = parse_integer(text)) return *whole;
    if (const auto number = parse_number(text)) return *number;
  }
  return printable(text, kMaxFactText);
}

}  // namespace

FactSet info_facts(const Info& info) {
  FactSet facts;
  for (const auto& [field, text] : info.fields()) {
    const std::string name = "redis." + field;
    if (is_no_number(text)) {
      facts.set_missing(name, FactState::unknown, info.source(field),
                        "the server says \"" + text + "\"");
      continue;
    }
    FactValue value = value_of(field, text);
    const bool numeric = !std::holds_alternative<std::string>(value);
    facts.set(name, std::move(value), numeric ? unit_of(field) : "", info.source(field));
  }
  return facts;
}

}  // namespace forkmend::redis
