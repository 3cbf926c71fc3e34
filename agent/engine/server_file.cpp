// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/server_file.hpp"

#include <array>

#include "base/text.hpp"

namespace forkmend::engine {

namespace {

constexpr std::size_t kFileLimit = std::size_t{1} << 20;

/// The value of a directive; the last one wins, as for the server.
std::optional<std::string> directive(std::string_view text, std::string_view name) {
  std::optional<std::string> value;
  for (const std::string_view line : lines_of(text)) {
    const auto words = split_blanks(line);
    if (words.size() >= 2 && words[0] == name) value = std::string(words[1]);
  }
  return value;
}

bool serves(std::string_view text, const redis::Endpoint& endpoint) {
  if (endpoint.transport == redis::Transport::unix_socket) {
    return directive(text, "unixsocket") == endpoint.host;
  }
  const std::string port = std::to_string(endpoint.port);
  return directive(text, "port").value_or("6379") == port || directive(text, "tls-port") == port;
}

std::optional<std::string> from_command_line(const host::Root& root, const std::string& process) {
  const auto text = root.read(process + "/cmdline", kFileLimit);
  if (!text) return std::nullopt;
  const auto words = split(*text, '\0');
  for (const std::string_view word : words) {
    if (!word.ends_with(".conf") || word == words.front()) continue;
    const std::string base = word.starts_with('/') ? process + "/root" : process + "/cwd/";
    return base + std::string(word);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> find_server_file(const host::Root& root,
                                            const redis::FoundServer& server,
                                            const redis::Endpoint& endpoint) {
  const std::string process = "/proc/" + std::to_string(server.pid);
  if (auto named = from_command_line(root, process)) return named;
  constexpr std::array<std::string_view, 4> kPlaces = {"/etc/redis", "/etc/valkey", "/etc/keydb",
                                                       "/etc"};
  for (const std::string_view place : kPlaces) {
    const std::string directory = process + "/root" + std::string(place);
    const auto names = root.list(directory);
    if (!names) continue;
    for (const std::string& name : *names) {
      const bool in_etc = place == "/etc";
      const bool servers_own =
          name.starts_with("redis") || name.starts_with("valkey") || name.starts_with("keydb");
      if (!name.ends_with(".conf") || (in_etc && !servers_own)) continue;
      std::string path = directory;
      path.append("/").append(name);
      const auto text = root.read(path, kFileLimit);
      if (text && serves(*text, endpoint)) return path;
    }
  }
  return std::nullopt;
}

}  // namespace forkmend::engine
