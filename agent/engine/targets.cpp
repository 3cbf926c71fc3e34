// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/targets.hpp"

#include <unistd.h>

#include <utility>

#include "engine/server_file.hpp"
#include "redis/credentials.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

redis::ConnectionOptions with_defaults(redis::ConnectionOptions options,
                                       const TargetRequest& request) {
  if (options.credentials.password.empty()) {
    options.credentials.password = request.credentials.password;
    if (options.credentials.username.empty()) {
      options.credentials.username = request.credentials.username;
    }
  }
  options.deadline = request.deadline;
  return options;
}

/// The password that the server's own configuration file names; nullopt when it has none, is not
/// readable, or we are not root (the file is not ours to read then).
std::optional<redis::Credentials> own_credentials(const host::Root& root,
                                                  const redis::FoundServer& server,
                                                  const redis::Endpoint& endpoint) {
  if (geteuid() != 0) return std::nullopt;
  const auto file = find_server_file(root, server, endpoint);
  if (!file) return std::nullopt;
  auto credentials = redis::credentials_from_server_config(root, *file);
  if (!credentials || !*credentials) return std::nullopt;
  return std::move(*credentials);
}

std::optional<SampleStore> samples_of(const TargetRequest& request) {
  if (request.state_dir.empty()) return std::nullopt;
  return SampleStore(request.state_dir);
}

asio::awaitable<ServerLook> observe_named(host::Root root, redis::ConnectionOptions options,
                                          std::optional<SampleStore> samples) {
  ServerLook target;
  target.endpoint = to_string(options.endpoint);
  auto seen = co_await observe(std::move(root), std::move(options), std::move(samples));
  if (seen) {
    target.pid = seen->locality.pid;
    target.instance = std::move(*seen);
  } else {
    target.failure = seen.error();
  }
  co_return target;
}

redis::ConnectionOptions options_for(const redis::FoundServer& server,
                                     const redis::Endpoint& endpoint,
                                     const TargetRequest& request) {
  redis::ConnectionOptions options;
  options.endpoint = endpoint;
  if (!server.own_network_namespace && endpoint.transport != redis::Transport::unix_socket) {
    options.network_namespace = "/proc/" + std::to_string(server.pid) + "/ns/net";
  }
  return with_defaults(std::move(options), request);
}

/// Tries each socket of a found server until one answers.
asio::awaitable<ServerLook> observe_found(host::Root root, redis::FoundServer server,
                                          TargetRequest request) {
  const auto samples = samples_of(request);
  ServerLook target;
  target.pid = server.pid;
  target.endpoint = server.exe + " pid " + std::to_string(server.pid);
  target.failure = Error{Errc::not_found, "it listens on no socket that forkmend can reach"};
  for (const redis::Endpoint& endpoint : server.endpoints) {
    auto options = options_for(server, endpoint, request);
    ServerLook tried = co_await observe_named(root, options, samples);
    if (tried.failure && tried.failure->code == Errc::permission_denied) {
      if (auto own = own_credentials(root.recorded_by(nullptr), server, endpoint)) {
        options.credentials = std::move(*own);
        tried = co_await observe_named(root, std::move(options), samples);
      }
    }
    if (tried.instance) {
      tried.pid = server.pid;
      co_return tried;
    }
    target.failure = std::move(tried.failure);
    target.endpoint = std::move(tried.endpoint);
  }
  co_return target;
}

asio::awaitable<std::vector<ServerLook>> observe_all(host::Root root,
                                                     std::vector<redis::ConnectionOptions> servers,
                                                     TargetRequest request) {
  std::vector<ServerLook> targets;
  targets.reserve(servers.size());
  for (auto& server : servers) {
    auto options = with_defaults(std::move(server), request);
    targets.push_back(co_await observe_named(root, std::move(options), samples_of(request)));
  }
  co_return targets;
}

/// The same place, whether with TLS or without: /proc does not say which a socket speaks.
bool is_same_place(const redis::Endpoint& a, const redis::Endpoint& b) {
  const auto is_path = [](const redis::Endpoint& endpoint) {
    return endpoint.transport == redis::Transport::unix_socket;
  };
  const auto host_of = [](const redis::Endpoint& endpoint) {
    return endpoint.host == "localhost" ? std::string("127.0.0.1") : endpoint.host;
  };
  return is_path(a) == is_path(b) && host_of(a) == host_of(b) && a.port == b.port;
}

/// Whether a known server is this one: proven by its pid, or, when it could not be reached the way
/// it was said to be, by its place. It is not to be told twice.
bool is_among(const redis::FoundServer& found, const std::vector<ServerLook>& known,
              const TargetRequest& request) {
  for (std::size_t i = 0; i < known.size() && i < request.known.size(); ++i) {
    if (known[i].pid != 0) {
      if (known[i].pid == found.pid) return true;
      continue;
    }
    for (const redis::Endpoint& endpoint : found.endpoints) {
      const bool ours =
          found.own_network_namespace || endpoint.transport == redis::Transport::unix_socket;
      if (ours && is_same_place(endpoint, request.known[i].endpoint)) return true;
    }
  }
  return false;
}

/// How the server that the target means is reached when it was found on this host: in its own
/// network namespace, with the password of its own configuration file. nullopt: it is not found.
std::optional<redis::ConnectionOptions> options_of_found(const host::Root& root,
                                                         const redis::Endpoint& endpoint,
                                                         const remediations::Target& target,
                                                         const TargetRequest& request) {
  if (target.pid <= 0) return std::nullopt;
  const auto servers = redis::find_servers(root);
  if (!servers) return std::nullopt;
  for (const redis::FoundServer& server : *servers) {
    if (server.pid != target.pid || server.start_time != target.process_start) continue;
    auto options = options_for(server, endpoint, request);
    const bool has_password = !options.credentials.password.empty();
    auto own = has_password ? std::nullopt : own_credentials(root, server, endpoint);
    if (own) options.credentials = std::move(*own);
    return options;
  }
  return std::nullopt;
}

}  // namespace

ConnectionLookup lookup_for(const host::Root& root, const TargetRequest& request) {
  return [root,
          request](const remediations::Target& target) -> std::optional<redis::ConnectionOptions> {
    for (const auto* servers : {&request.named, &request.known}) {
      for (const auto& server : *servers) {
        if (to_string(server.endpoint) == target.endpoint) return with_defaults(server, request);
      }
    }
    auto parsed = redis::parse_url(target.endpoint);
    if (!parsed) return std::nullopt;
    if (auto found = options_of_found(root, parsed->endpoint, target, request)) return found;
    redis::ConnectionOptions options;
    options.endpoint = std::move(parsed->endpoint);
    return with_defaults(std::move(options), request);
  };
}

asio::awaitable<Result<std::vector<ServerLook>>> observe_targets(host::Root root,
                                                                 TargetRequest request) {
  root = root.caching();
  if (!request.named.empty()) {
    auto named = request.named;
    co_return co_await observe_all(root, std::move(named), request);
  }
  auto known = request.known;
  auto targets = co_await observe_all(root, std::move(known), request);
  if (!request.discover) co_return targets;
  // What is found in the tables of all processes and in configuration files is no part of a bundle.
  auto servers = redis::find_servers(root.recorded_by(nullptr));
  if (!servers) co_return servers.error().during("looking for servers on this host");
  for (auto& server : *servers) {
    if (is_among(server, targets, request)) continue;
    targets.push_back(co_await observe_found(root, std::move(server), request));
  }
  co_return targets;
}

}  // namespace forkmend::engine
