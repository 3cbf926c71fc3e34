// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/command.hpp"
#include "engine/targets.hpp"
#include "policy/policy.hpp"
#include "settings/settings.hpp"

namespace forkmend::cli {

/// The configuration: of --config, else the default file where there is one. Without --config a
/// bundle is answered by the defaults, as its answers must not depend on this host; a default file
/// that this user may not read is said on stderr and passed over. Errors are Errc::invalid with
/// every mistake on a line of its own.
[[nodiscard]] Result<settings::Settings> session_settings(const Session& session);

/// What to do about a server of the configuration whose password cannot be read.
enum class Unreadable { tell, fail };

/// Where this session's instances come from: -i, else the configuration's beside those that are
/// found; passwords from REDISCLI_AUTH, --askpass or the configuration. Errors: a bad URL, a
/// password that cannot be had, a bad configuration.
[[nodiscard]] Result<engine::TargetRequest> target_request(
    const Session& session, Unreadable unreadable = Unreadable::tell);

/// What a command sees when it looks: the targets, or the code to leave with (the error is
/// printed).
struct Look {
  std::vector<engine::ServerLook> targets;
  std::optional<ExitCode> leave;
};

/// target_request() and observe_targets() with every error said on stderr. A server that cannot be
/// reached is no reason to leave.
[[nodiscard]] boost::asio::awaitable<Look> look(Session session);

/// Ends leases that are over, before anything else is looked at or done, and logs what came of it.
[[nodiscard]] boost::asio::awaitable<void> end_overdue_leases(Session session);

/// --policy, else the configuration's, else the built-in one; the configuration's mode instead of
/// its own. Errors are Errc::invalid with every
/// mistake of the file on a line of its own.
[[nodiscard]] Result<policy::Policy> session_policy(const Session& session);

/// Where the agent is asked: the configuration's socket, else "control.sock" in --state, else the
/// default of this user; empty when there is none.
[[nodiscard]] std::string control_socket_of(const Session& session,
                                            const settings::Settings& settings);

/// --state, else the default of this user.
[[nodiscard]] std::string session_state_dir(const Session& session);

}  // namespace forkmend::cli
