// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "engine/host_incident.hpp"
#include "engine/observe.hpp"
#include "engine/plan.hpp"
#include "policy/policy.hpp"

namespace forkmend::cli {

struct FixOptions {
  bool dry_run = false;
  bool yes = false;
  bool keep_on_failure = false;
  bool no_verify = false;
  std::string plan;
  std::string allow;
  std::vector<std::string> overrides;
};

/// What fix has worked out about one server.
struct Case {
  engine::ObservedInstance instance;
  engine::Plan plan;
};

/// The plan for what was seen, with what the journal knows of earlier heals.
[[nodiscard]] Case make_case(const Session& session, const engine::ObservedInstance& instance,
                             const policy::Policy& policy, const FixOptions& options);

/// Those of the cases that are one incident of the host.
[[nodiscard]] std::vector<engine::HostIncident> host_incidents_of(const std::vector<Case>& cases,
                                                                  const policy::Rails& rails);

/// Remembers what a dry-run printed, so that --plan ID can carry out exactly that. A journal that
/// cannot be written does not make a dry-run fail: it is said.
void remember(const Session& session, const std::vector<Case>& cases);

/// Why a stored plan may not be carried out by this policy and --allow; empty: it may.
[[nodiscard]] std::vector<std::string> why_not_allowed(const Session& session,
                                                       const engine::Plan& stored,
                                                       const engine::ObservedInstance& instance,
                                                       const policy::Policy& policy,
                                                       const FixOptions& options);

/// Errors: not_found, and what the journal says.
[[nodiscard]] Result<engine::Plan> stored_plan(const Session& session, const std::string& id);

/// "fix by uid 0 (sudo from ann)": for the record.
[[nodiscard]] std::string actor(std::string_view command);

}  // namespace forkmend::cli
