// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "cli/request.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.hpp"
#include "cli/report.hpp"
#include "engine/bundle.hpp"
#include "engine/leases.hpp"
#include "engine/state.hpp"
#include "redis/credentials.hpp"
#include "remediations/remediation.hpp"
#include "settings/credentials.hpp"

namespace forkmend::cli {

namespace {

/// Every mistake on a line of its own.
Error listed(const std::vector<policy::PolicyError>& errors) {
  std::string all;
  for (const auto& error : errors) all.append(all.empty() ? "" : "\n").append(to_string(error));
  return Error{Errc::invalid, std::move(all)};
}

/// Of the default file only: whoever names one wants to know. Says so on stderr.
bool may_read_default() {
  const std::string path(settings::kDefaultFile);
  if (access(path.c_str(), R_OK) == 0 || errno != EACCES) return true;
  static bool said = false;
  if (!std::exchange(said, true)) {
    print_error(path + ": not for this user to read; going on without it");
  }
  return false;
}

/// A server of the configuration with its password, or without when that cannot be read and may be
/// left out: the server's own file may have it.
Result<redis::ConnectionOptions> configured(const settings::InstanceSettings& instance,
                                            Unreadable unreadable) {
  auto connection = settings::connection_of(instance, settings::credentials_directory());
  if (connection || unreadable == Unreadable::fail) return connection;
  print_error(connection.error().message);
  settings::InstanceSettings without = instance;
  without.password_file.clear();
  without.credential.clear();
  return settings::connection_of(without, {});
}

/// A server that -i names, with what the configuration knows of it.
Result<redis::ConnectionOptions> named_server(const std::string& url,
                                              const settings::Settings& settings,
                                              Unreadable unreadable) {
  auto parsed = redis::parse_url(url);
  if (!parsed) return parsed.error().during("reading --instance");
  redis::ConnectionOptions connection;
  const auto known = std::ranges::find(settings.instances, parsed->endpoint,
                                       &settings::InstanceSettings::endpoint);
  if (known != settings.instances.end()) {
    auto found = configured(*known, unreadable);
    if (!found) return found.error();
    connection = std::move(*found);
  }
  const bool says_who = !parsed->credentials.username.empty() ||  //
                        !parsed->credentials.password.empty();
  connection.endpoint = std::move(parsed->endpoint);
  if (says_who) connection.credentials = std::move(parsed->credentials);
  return connection;
}

Result<void> add_servers(engine::TargetRequest& request, const Session& session,
                         const settings::Settings& settings, Unreadable unreadable) {
  for (const std::string& url : session.options.instances) {
    auto connection = named_server(url, settings, unreadable);
    if (!connection) return connection.error();
    request.named.push_back(std::move(*connection));
  }
  if (!request.named.empty()) return ok();
  request.discover = settings.discovery.enabled;
  for (const auto& instance : settings.instances) {
    auto connection = configured(instance, unreadable);
    if (!connection) return connection.error();
    request.known.push_back(std::move(*connection));
  }
  return ok();
}

}  // namespace

Result<settings::Settings> session_settings(const Session& session) {
  std::string path = session.options.config;
  if (path.empty()) {
    path = settings::kDefaultFile;
    const bool wanted = session.bundle == nullptr && settings::is_configured(path);
    if (!wanted || !may_read_default()) return settings::Settings{};
  }
  auto loaded = settings::load_settings(path);
  if (auto* good = std::get_if<settings::Settings>(&loaded)) return std::move(*good);
  return listed(std::get<std::vector<policy::PolicyError>>(loaded));
}

Result<engine::TargetRequest> target_request(const Session& session, Unreadable unreadable) {
  engine::TargetRequest request;
  request.state_dir = session_state_dir(session);
  const auto settings = session_settings(session);
  if (!settings) return settings.error();
  if (const auto added = add_servers(request, session, *settings, unreadable); !added) {
    return added.error();
  }
  if (session.options.ask_password) {
    auto asked = redis::ask_password("Redis password: ");
    if (!asked) return asked.error().during("asking for the password");
    request.credentials = std::move(*asked);
  } else if (auto given = redis::credentials_from_environment()) {
    request.credentials = std::move(*given);
  }
  return request;
}

namespace {

/// The bundle's servers, or those of them that -i names. Errors: one that the bundle does not have.
Result<std::vector<engine::ServerLook>> bundled_targets(const Session& session) {
  const auto& all = session.bundle->targets;
  if (session.options.instances.empty()) return all;
  std::vector<engine::ServerLook> chosen;
  for (const std::string& url : session.options.instances) {
    const auto found = std::ranges::find(all, url, &engine::ServerLook::endpoint);
    if (found == all.end()) {
      std::string message = "--instance " + printable(url) + ": the bundle does not have it";
      for (const auto& target : all) message += "\nit has " + printable(target.endpoint);
      return Error{Errc::not_found, std::move(message)};
    }
    chosen.push_back(*found);
  }
  return chosen;
}

}  // namespace

boost::asio::awaitable<Look> look(Session session) {
  if (session.bundle != nullptr) {
    auto captured = bundled_targets(session);
    if (captured) co_return Look{std::move(*captured), std::nullopt};
    print_error(captured.error().message);
    co_return Look{{}, ExitCode::usage};
  }
  auto request = target_request(session);
  if (!request) {
    print_error(request.error().message);
    co_return Look{{}, ExitCode::usage};
  }
  auto targets = co_await engine::observe_targets(session.root, std::move(*request));
  if (!targets) {
    print_error(targets.error().message);
    co_return Look{{}, ExitCode::unreachable};
  }
  print_unreachable(*targets);
  co_return Look{std::move(*targets), std::nullopt};
}

namespace {

/// Asks for a password, where one is asked for, only when there is something to undo.
engine::ConnectionLookup lazy_lookup(const Session& session) {
  return
      [session, found = engine::ConnectionLookup()](
          const remediations::Target& target) mutable -> std::optional<redis::ConnectionOptions> {
        if (!found) {
          const auto request = target_request(session);
          if (!request) return std::nullopt;
          found = engine::lookup_for(session.root, *request);
        }
        return found(target);
      };
}

}  // namespace

boost::asio::awaitable<void> end_overdue_leases(Session session) {
  if (session.bundle != nullptr) co_return;
  const auto ended = co_await engine::end_leases_of_host(session.root, session_state_dir(session),
                                                         lazy_lookup(session));
  if (ended) {
    engine::log_ended(*ended);
  } else {
    print_error("changes with a lease were not looked at: " + ended.error().message);
  }
}

Result<policy::Policy> session_policy(const Session& session) {
  const auto settings = session_settings(session);
  if (!settings) return settings.error();
  const auto remedies = remediations::remedy_declarations();
  const std::string& file =
      session.options.policy.empty() ? settings->policy : session.options.policy;
  auto loaded = file.empty() ? policy::parse_policy(policy::default_policy_text(),
                                                    "built-in default", remedies)
                             : policy::load_policy(file, remedies);
  if (const auto* errors = std::get_if<std::vector<policy::PolicyError>>(&loaded)) {
    return listed(*errors);
  }
  auto& good = std::get<policy::Policy>(loaded);
  if (settings->mode) good.mode = *settings->mode;
  return std::move(good);
}

std::string control_socket_of(const Session& session, const settings::Settings& settings) {
  if (!settings.control.socket.empty()) return settings.control.socket;
  if (session.options.state_dir.empty()) return settings::default_control_socket();
  return session.options.state_dir + "/control.sock";
}

std::string session_state_dir(const Session& session) {
  return session.options.state_dir.empty() ? engine::default_state_dir()
                                           : session.options.state_dir;
}

}  // namespace forkmend::cli
