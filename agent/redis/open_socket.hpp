// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>

#include "base/descriptor.hpp"
#include "base/result.hpp"

namespace forkmend::redis {

/// A non-blocking stream socket of an address family (AF_INET, AF_INET6, AF_UNIX). A socket belongs
/// for ever to the network namespace it is created in; with one named ("/proc/812/ns/net") it is
/// created by a thread that enters it and ends there, so that nothing else of this process ever
/// changes namespace. Errors: permission_denied (entering one needs root), not_found (the process
/// is gone), invalid (no network namespace), io.
[[nodiscard]] Result<Descriptor> open_stream_socket(int family,
                                                    const std::string& network_namespace);

}  // namespace forkmend::redis
