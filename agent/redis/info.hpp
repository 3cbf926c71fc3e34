// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

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

 private:
  friend Result<Info> parse_info(std::string_view text);
  std::map<std::string, std::string, std::less<>> fields_;
};

/// Takes every flavour of INFO. Errors: Errc::parse when nothing in it looks like "name:value".
[[nodiscard]] Result<Info> parse_info(std::string_view text);

enum class Flavour { redis, valkey, keydb, dragonfly, unknown };
[[nodiscard]] std::string_view to_string(Flavour flavour);

/// major.minor.patch, comparable.
struct Version {
  int major = 0;
  int minor = 0;
  int patch = 0;
  auto operator<=>(const Version&) const = default;
};
[[nodiscard]] std::optional<Version> parse_version(std::string_view text);
[[nodiscard]] std::string to_string(const Version& version);

/// What kind of server answered, told from INFO alone.
struct ServerIdentity {
  Flavour flavour = Flavour::unknown;
  std::optional<Version> version;        ///< of that flavour
  std::optional<Version> redis_version;  ///< the Redis it is compatible with
  std::string role;                      ///< "master", "slave" or empty
  std::string run_id;
  std::optional<std::int64_t> process_id;  ///< in the server's pid namespace
  std::string config_file;
  std::string executable;
};
[[nodiscard]] ServerIdentity identify(const Info& info);

/// Every INFO field as redis.NAME: numbers as numbers, yes/no stay text.
[[nodiscard]] FactSet info_facts(const Info& info);

}  // namespace forkmend::redis
