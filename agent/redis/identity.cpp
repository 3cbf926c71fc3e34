// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Which server answered. Forks keep Redis's field names and lie about redis_version on purpose:
// Valkey says 7.2.4 for ever, KeyDB puts its own version there, Dragonfly what it imitates.
#include <algorithm>

#include "base/text.hpp"
#include "redis/info.hpp"

namespace forkmend::redis {

namespace {

constexpr std::int64_t kMaxVersionPart = 999'999;

std::optional<int> take_version_part(std::string_view& text) {
  const auto number = take_count(text);
  if (!number || *number > kMaxVersionPart) return std::nullopt;
  return static_cast<int>(*number);
}

bool take_dot(std::string_view& text) {
  if (!text.starts_with('.')) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Version> version_field(const Info& info, std::string_view field) {
  const auto text = info.text(field);
  return text ? parse_version(*text) : std::nullopt;
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

bool is_keydb(const Info& info, std::string_view executable) {
  return base_name(executable).starts_with("keydb-") || info.text("server_name") == "keydb" ||
         info.text("mvcc_depth").has_value() || info.text("role") == "active-replica";
}

bool is_valkey(const Info& info, std::string_view executable) {
  return info.text("valkey_version").has_value() || info.text("server_name") == "valkey" ||
         base_name(executable).starts_with("valkey-");
}

Flavour flavour_of(const Info& info, std::string_view executable) {
  if (info.text("dragonfly_version").has_value()) return Flavour::dragonfly;
  if (is_valkey(info, executable)) return Flavour::valkey;
  if (is_keydb(info, executable)) return Flavour::keydb;
  return info.text("redis_version").has_value() ? Flavour::redis : Flavour::unknown;
}

std::string role_of(const Info& info) {
  const auto role = info.text("role");
  if (role == "master" || role == "slave") return *role;
  if (role == "active-replica" || role == "replica") return "slave";
  return {};
}

void set_versions(ServerIdentity& identity, const Info& info) {
  identity.redis_version = version_field(info, "redis_version");
  switch (identity.flavour) {
    case Flavour::redis:
      identity.version = identity.redis_version;
      return;
    case Flavour::valkey:
      identity.version = version_field(info, "valkey_version");
      return;
    case Flavour::keydb:
      // KeyDB's own number stands in redis_version; what it imitates ends with Redis 6.2.
      identity.version = identity.redis_version;
      if (identity.version) identity.redis_version = std::min(*identity.version, Version{6, 2, 0});
      return;
    case Flavour::dragonfly:
      identity.version = version_field(info, "dragonfly_version");
      return;
    case Flavour::unknown:
      return;
  }
}

}  // namespace

std::string_view to_string(Flavour flavour) {
  switch (flavour) {
    case Flavour::redis:
      return "redis";
    case Flavour::valkey:
      return "valkey";
    case Flavour::keydb:
      return "keydb";
    case Flavour::dragonfly:
      return "dragonfly";
    case Flavour::unknown:
      return "unknown";
  }
  return "unknown";
}

std::optional<Version> parse_version(std::string_view text) {
  text = trim(text);
  if (text.starts_with("df-")) text.remove_prefix(3);
  if (text.starts_with('v')) text.remove_prefix(1);
  const auto major = take_version_part(text);
  if (!major || !take_dot(text)) return std::nullopt;
  const auto minor = take_version_part(text);
  if (!minor) return std::nullopt;
  Version version{*major, *minor, 0};
  if (take_dot(text)) {
    const auto patch = take_version_part(text);
    if (!patch) return std::nullopt;
    version.patch = *patch;
  }
  const bool ends = text.empty() || text.front() == '-' || text.front() == '+' ||
                    text.front() == '.' || text.front() == '~';
  return ends ? std::optional(version) : std::nullopt;
}

std::string to_string(const Version& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
         std::to_string(version.patch);
}

ServerIdentity identify(const Info& info) {
  ServerIdentity identity;
  identity.executable = info.text("executable").value_or("");
  identity.config_file = info.text("config_file").value_or("");
  identity.run_id = info.text("run_id").value_or("");
  identity.role = role_of(info);
  const auto process_id = info.integer("process_id");
  if (process_id && *process_id > 0) identity.process_id = process_id;
  identity.flavour = flavour_of(info, identity.executable);
  set_versions(identity, info);
  return identity;
}

}  // namespace forkmend::redis
