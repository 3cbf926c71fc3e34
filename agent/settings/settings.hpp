// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "policy/policy.hpp"
#include "redis/endpoint.hpp"

namespace forkmend::settings {

struct DiscoverySettings {
  bool enabled = true;  ///< whether servers are looked for, besides those under [[instance]]
};

struct PollSettings {
  std::chrono::milliseconds interval{1000};  ///< between two polls of one server, jittered
};

/// One [[instance]]: who we are for a server that is found, or one to add. Holds no password, only
/// where it is.
struct InstanceSettings {
  redis::Endpoint endpoint;
  std::string username;       ///< ACL user; empty: AUTH with the password alone
  std::string password_file;  ///< absolute path; empty: none
  std::string credential;     ///< name below $CREDENTIALS_DIRECTORY; empty: none
  std::string ca_file;        ///< absolute path; empty: the system's authorities
};

struct MetricsSettings {
  std::string listen = "127.0.0.1:9911";  ///< "ADDRESS:PORT", "unix:PATH" or "off"
};

struct ControlSettings {
  std::string socket;    ///< absolute path; empty: the default (default_control_socket())
  unsigned mode = 0600;  ///< of the socket: who may connect and read the status
};

enum class NotifyType { alertmanager, webhook, email, command };

[[nodiscard]] std::string_view to_string(NotifyType type);

/// One [[notify]]. What its type does not use is empty.
struct NotifySettings {
  NotifyType type = NotifyType::webhook;
  std::string url;                   ///< of alertmanager and webhook: http:// or https://
  std::vector<std::string> command;  ///< argv of command; the program is an absolute path
  std::string to;                    ///< of email: the recipients, with commas between
  std::string from;                  ///< of email; empty: the sending user
};

struct JournalSettings {
  std::chrono::milliseconds keep = std::chrono::hours(24 * 90);  ///< of ended incidents
};

/// /etc/forkmend/forkmend.toml with its drop-ins. Without a file: these defaults.
struct Settings {
  std::vector<std::string> sources;  ///< the files read, in their order; empty: there was none
  std::string policy;                ///< absolute path; empty: the built-in one
  std::optional<policy::Mode> mode;  ///< instead of the policy's
  DiscoverySettings discovery;
  PollSettings poll;
  std::vector<InstanceSettings> instances;
  MetricsSettings metrics;
  ControlSettings control;
  std::vector<NotifySettings> notify;
  JournalSettings journal;
};

inline constexpr std::string_view kDefaultFile = "/etc/forkmend/forkmend.toml";

using LoadResult = std::variant<Settings, std::vector<policy::PolicyError>>;

/// One file alone; every mistake at once, in file order. Pure.
[[nodiscard]] LoadResult parse_settings(std::string_view text, std::string_view file);

/// The file and then its drop-ins, DIR/NAME.d/*.toml for DIR/NAME.toml, in the order of the bytes
/// of their names. A later file wins key by key; an [[instance]] replaces the earlier one of the
/// same URL as a whole; [[notify]] are added up. As root every file must be one that only root can
/// change. Either the file or one drop-in has to be there.
[[nodiscard]] LoadResult load_settings(const std::string& path);

/// Whether the text, by its keys, is meant as a configuration and not as a policy. Pure.
[[nodiscard]] bool is_settings(std::string_view text);

/// Whether there is anything to load: the file, or a drop-in.
[[nodiscard]] bool is_configured(const std::string& path);

/// "/run/forkmend/control.sock" as root, else below $XDG_RUNTIME_DIR; empty when that is not set.
[[nodiscard]] std::string default_control_socket();

}  // namespace forkmend::settings
