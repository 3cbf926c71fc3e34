// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/fact.hpp"
#include "base/result.hpp"

namespace forkmend::redis {

/// INFO as name -> value; section headers dropped, the first of a repeated name wins. A field that
/// a server does not have is simply missing: unknown, never a default.
class Info {
 public:
  [[nodiscard]] std::optional<std::string> text(std::string_view field) const;
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view field) const;
  [[nodiscard]] std::optional<double> number(std::string_view field) const;
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& fields() const {
    return fields_;
  }
  /// Where a field was found: "INFO persistence"; "INFO" outside of any section.
  [[nodiscard]] std::string source(std::string_view field) const;

 private:
  friend Result<Info> parse_info(std::string_view text);
  std::map<std::string, std::string, std::less<>> fields_;
  std::map<std::string, std::string, std::less<>> sections_;  ///< field -> section, lower case
};

/// Takes every flavour of INFO, at most kMaxInfoFields fields. Lines that are no "name:value" are
/// passed over, and so is a field without value in a last line that was cut off. Values are kept as
/// sent, control characters too: printable() before showing. Errors: Errc::parse when nothing in it
/// looks like "name:value".
[[nodiscard]] Result<Info> parse_info(std::string_view text);

inline constexpr std::size_t kMaxInfoFields = 10000;

enum class Flavour { redis, valkey, keydb, dragonfly, unknown };
[[nodiscard]] std::string_view to_string(Flavour flavour);

/// major.minor.patch, comparable. Builds from a development branch call themselves 255.255.255.
struct Version {
  int major = 0;
  int minor = 0;
  int patch = 0;
  auto operator<=>(const Version&) const = default;
};
/// "7.0.15", "7.2", "v1.14.0", "df-v1.14.0", "8.0-rc1"; nullopt for anything else.
[[nodiscard]] std::optional<Version> parse_version(std::string_view text);
[[nodiscard]] std::string to_string(const Version& version);

/// What kind of server answered, told from INFO alone.
struct ServerIdentity {
  Flavour flavour = Flavour::unknown;
  std::optional<Version> version;        ///< of that flavour
  std::optional<Version> redis_version;  ///< the Redis it is compatible with
  /// "master", "slave" or empty. KeyDB's "active-replica" and Dragonfly's "replica" are "slave".
  std::string role;
  std::string run_id;
  std::optional<std::int64_t> process_id;  ///< in the server's pid namespace
  std::string config_file;
  std::string executable;
};
[[nodiscard]] ServerIdentity identify(const Info& info);

/// Every INFO field as redis.NAME: numbers as numbers where the whole value is one (versions, ids
/// and names stay text, and so do yes/no and ok/err), "nan" and "inf" as unknown. Fields in
/// microseconds keep them, with the unit "us". Values are made printable.
[[nodiscard]] FactSet info_facts(const Info& info);

}  // namespace forkmend::redis
