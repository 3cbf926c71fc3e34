// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/server_config.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/text.hpp"

namespace forkmend::redis {

namespace {

constexpr std::size_t kMaxParameter = 128;
constexpr std::size_t kMaxPairs = 5000;

constexpr std::string_view kPrefix = "redis.config.";
constexpr std::string_view kSource = "CONFIG GET";

/// As a fact's name has one part for it, a dot (some modules use them) cannot be in it.
bool is_parameter_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !name.empty() && name.size() <= kMaxParameter && std::ranges::all_of(name, allowed);
}

/// "slave-serve-stale-data" -> "replica-serve-stale-data"; the same where no old word is in it.
std::string modern_name(std::string name) {
  constexpr std::string_view kOld = "slave";
  const std::size_t at = name.find(kOld);
  if (at != std::string::npos) name.replace(at, kOld.size(), "replica");
  return name;
}

}  // namespace

bool is_secret_parameter(std::string_view name) {
  constexpr auto kWords =
      std::to_array<std::string_view>({"pass", "auth", "secret", "token", "credential", "private"});
  const std::string folded = lower(name);
  if (folded == "tls-auth-clients" || folded == "tls-auth-clients-user") return false;
  return std::ranges::any_of(
      kWords, [&](std::string_view word) { return folded.find(word) != std::string::npos; });
}

FactSet config_facts(const ConfigPairs& pairs) {
  FactSet facts;
  std::size_t taken = 0;
  for (const auto& [raw_name, value] : pairs) {
    const std::string name = lower(raw_name);
    if (!is_parameter_name(name) || is_secret_parameter(name) || ++taken > kMaxPairs) continue;
    facts.set(std::string(kPrefix) + name, value, "", kSource);
  }
  const FactSet as_sent = facts;
  for (const auto& [fact_name, fact] : as_sent.all()) {
    const std::string modern = modern_name(fact_name);
    if (as_sent.find(modern) == nullptr) facts.set(modern, fact.value, fact.unit, fact.source);
  }
  return facts;
}

ConfigPairs parse_config_lines(std::string_view text) {
  ConfigPairs pairs;
  for (const std::string_view line : lines_of(text)) {
    const std::size_t blank = line.find(' ');
    const std::string_view name = line.substr(0, blank);
    if (!is_parameter_name(lower(name)) || pairs.size() >= kMaxPairs) continue;
    pairs.emplace_back(
        name, blank != std::string_view::npos ? line.substr(blank + 1) : std::string_view());
  }
  return pairs;
}

}  // namespace forkmend::redis
