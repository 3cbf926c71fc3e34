// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// Resources of an OpenVZ guest that were refused since it was started, with how often:
/// "privvmpages 12, numproc 3"; empty when none was. Columns of /proc/user_beancounters: resource,
/// held, maxheld, barrier, limit, failcnt; the first line of a guest has its number in front.
/// Errors: parse (a table without a row). Pure.
[[nodiscard]] Result<std::string> parse_failed_beancounters(std::string_view text);

/// Errors: not_found on any host that is no such guest; permission_denied (root only).
[[nodiscard]] Result<std::string> read_failed_beancounters(const Root& root);

}  // namespace forkmend::host
