// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <vector>

#include "cli/fix_cases.hpp"
#include "cli/fix_output.hpp"

namespace forkmend::cli {

/// What is to be said when nothing can be done for a failing server: blocked where a person could
/// decide otherwise, else advice.
[[nodiscard]] ExitCode hopeless(const engine::Plan& plan);

/// Mends one server after the other. The servers of a host's incident come first, as one incident
/// of the record. Once something of the host was changed, a server is looked at and planned for
/// anew: what mended the first may have mended it, and then only its save is proven. A plan that
/// is made anew keeps to the remedies that were confirmed.
[[nodiscard]] boost::asio::awaitable<void> mend_all(Session session, std::vector<Case> cases,
                                                    policy::Policy policy, FixOptions options,
                                                    FixReport* report);

}  // namespace forkmend::cli
