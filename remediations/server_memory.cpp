// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/server_memory.hpp"

#include <algorithm>
#include <string_view>

#include "base/text.hpp"

namespace forkmend::remediations {

namespace {

/// "keys=12,expires=3,avg_ttl=0" -> 3 for "expires".
std::int64_t part_of(std::string_view text, std::string_view name) {
  for (const std::string_view part : split(text, ',')) {
    const auto pair = split(part, '=');
    if (pair.size() == 2 && pair[0] == name) return parse_integer(pair[1]).value_or(0);
  }
  return 0;
}

bool names_a_database(std::string_view fact) {
  constexpr std::string_view kPrefix = "redis.db";
  return fact.starts_with(kPrefix) && parse_integer(fact.substr(kPrefix.size()));
}

}  // namespace

std::map<std::string, FactValue> release_effects(const FactSet& facts, std::int64_t bytes) {
  std::map<std::string, FactValue> effects;
  const auto add = [&](const std::string& name, std::int64_t amount) {
    const auto now = facts.integer(name);
    if (now) effects[name] = std::max<std::int64_t>(*now + amount, 0);
  };
  for (const auto* name : {"instance.rss", "instance.rss_anon", "redis.used_memory_rss"}) {
    add(name, -bytes);
  }
  for (const auto* name : {"host.mem_free", "host.mem_available"}) add(name, bytes);
  const std::int64_t levels = facts.integer("instance.memory.levels").value_or(0);
  for (std::int64_t i = 0; i < levels; ++i) {
    add("instance.memory." + std::to_string(i) + ".current", -bytes);
  }
  return effects;
}

Keyspace read_keyspace(const FactSet& facts) {
  Keyspace all;
  for (const auto& [name, fact] : facts.all()) {
    if (!names_a_database(name)) continue;
    const auto text = facts.text(name);
    if (!text) continue;
    all.keys += part_of(*text, "keys");
    all.expires += part_of(*text, "expires");
  }
  return all;
}

std::optional<bool> uses_jemalloc(const FactSet& facts) {
  const auto allocator = facts.text("redis.mem_allocator");
  if (!allocator) return std::nullopt;
  return allocator->starts_with("jemalloc");
}

}  // namespace forkmend::remediations
