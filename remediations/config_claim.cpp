// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/config_claim.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <utility>

#include "base/text.hpp"
#include "redis/conf_edit.hpp"
#include "redis/endpoint.hpp"

namespace forkmend::remediations {

namespace {

Error disbelieve(std::string because) {
  return Error{Errc::unsupported, std::move(because) + ": it may not be its configuration"};
}

std::string directive_name(std::string_view line) {
  std::string name(line.substr(0, line.find_first_of(" \t")));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

/// Not told by CONFIG GET, deprecated (config.c:deprecatedConfigs), or passwords, which are no
/// facts.
bool is_further_directive(std::string_view name) {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"include", "list-max-ziplist-entries", "list-max-ziplist-value", "loadmodule",
       "lua-replicate-commands", "masterauth", "primaryauth", "rename-command", "replicaof",
       "requirepass", "sentinel", "slaveof", "tls-client-key-file-pass", "tls-key-file-pass",
       "user"});
  return std::ranges::find(kNames, name) != kNames.end();
}

/// Each server of a host has a port of its own, and its file is the one that names it. A port that
/// the command line gave instead is refused too: nobody can tell the two apart for sure.
Result<void> check_port(const FactSet& facts, const std::string& path, std::string_view text) {
  const auto url = facts.text("instance.endpoint");
  const auto server = url ? redis::parse_url(*url) : Result<redis::ParsedUrl>(Error{});
  if (!server || server->endpoint.transport == redis::Transport::unix_socket) return ok();
  const std::string port = std::to_string(server->endpoint.port);
  std::string other;
  for (const std::string_view name : {"port", "tls-port"}) {
    const auto named = redis::directive_value(text, name);
    if (!named || !*named || **named == "0") continue;
    if (**named == port) return ok();
    other = std::string(name).append(" ").append(printable(**named, 20));
  }
  if (other.empty()) return ok();
  return disbelieve(path + " says " + other + ", and the server was reached at port " + port);
}

}  // namespace

Result<void> check_claimed_file(const FactSet& facts, const std::string& path,
                                std::string_view text) {
  bool known_one = false;
  std::size_t number = 0;
  for (const std::string_view raw : lines_of(text)) {
    ++number;
    const std::string_view line = trim(raw);
    if (line.empty() || line.front() == '#') continue;
    const std::string name = directive_name(line);
    const bool known = facts.find("redis.config." + name) != nullptr;
    known_one = known_one || known;
    if (known || is_further_directive(name)) continue;
    return disbelieve("line " + std::to_string(number) + " of " + path +
                      " is nothing that the server knows");
  }
  if (!known_one) return disbelieve(path + " sets nothing that the server knows");
  return check_port(facts, path, text);
}

}  // namespace forkmend::remediations
