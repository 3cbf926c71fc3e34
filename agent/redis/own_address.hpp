// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "host/root.hpp"

namespace forkmend::redis {

/// An IPv4 or IPv6 address as inet_ntop writes it, a v4-mapped one as IPv4; nullopt for a name or
/// anything with a zone.
[[nodiscard]] std::optional<std::string> literal_address(std::string_view host);

[[nodiscard]] bool is_loopback(std::string_view address);
[[nodiscard]] bool is_ipv6(std::string_view address);

/// Whether packets to this address stay in the network namespace of `pid` ("self" or a number):
/// loopback, or an address of an interface there.
[[nodiscard]] bool is_own_address(const host::Root& root, std::string_view pid,
                                  const std::string& address);

}  // namespace forkmend::redis
