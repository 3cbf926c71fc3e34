// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "cli/request.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "cli/report.hpp"
#include "engine/bundle.hpp"
#include "engine/leases.hpp"
#include "engine/state.hpp"
#include "redis/credentials.hpp"
#include "remediations/remediation.hpp"

namespace forkmend::cli {

Result<engine::TargetRequest> target_request(const Session& session) {
  engine::TargetRequest request;
  request.state_dir = session_state_dir(session);
  for (const std::string& url : session.options.instances) {
    auto parsed = redis::parse_url(url);
    if (!parsed) return parsed.error().during("reading --instance");
    redis::ConnectionOptions connection;
    connection.endpoint = std::move(parsed->endpoint);
    connection.credentials = std::move(parsed->credentials);
    request.named.push_back(std::move(connection));
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
  const auto remedies = remediations::remedy_declarations();
  auto loaded =
      session.options.policy.empty()
          ? policy::parse_policy(policy::default_policy_text(), "built-in default", remedies)
          : policy::load_policy(session.options.policy, remedies);
  if (auto* good = std::get_if<policy::Policy>(&loaded)) return std::move(*good);
  std::string all;
  for (const auto& error : std::get<std::vector<policy::PolicyError>>(loaded)) {
    all.append(all.empty() ? "" : "\n").append(to_string(error));
  }
  return Error{Errc::invalid, std::move(all)};
}

std::string session_state_dir(const Session& session) {
  return session.options.state_dir.empty() ? engine::default_state_dir()
                                           : session.options.state_dir;
}

}  // namespace forkmend::cli
