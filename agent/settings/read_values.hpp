// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/issues.hpp"
#include "policy/table_reader.hpp"

namespace forkmend::settings {

/// Each reads one key; nullopt when it is absent or wrong, which has been reported then.

/// "/etc/forkmend/secrets/6380": absolute, without control characters.
[[nodiscard]] std::optional<std::string> read_path(policy::TableReader& reader,
                                                   std::string_view key, policy::Issues& issues);

/// A path that a unix socket can have: at most 107 bytes.
[[nodiscard]] std::optional<std::string> read_socket_path(policy::TableReader& reader,
                                                          std::string_view key,
                                                          policy::Issues& issues);

/// "ADDRESS:PORT" with an IP address, "unix:PATH", or "off".
[[nodiscard]] std::optional<std::string> read_listen(policy::TableReader& reader,
                                                     std::string_view key, policy::Issues& issues);

/// http:// or https:// with a host, without user and password.
[[nodiscard]] std::optional<std::string> read_web_url(policy::TableReader& reader,
                                                      std::string_view key, policy::Issues& issues);

}  // namespace forkmend::settings
