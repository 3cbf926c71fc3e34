// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "cli/fix_cases.hpp"

#include <unistd.h>

#include <cstdlib>

#include "base/text.hpp"
#include "cli/request.hpp"
#include "engine/consent.hpp"
#include "engine/escalation.hpp"
#include "engine/journal.hpp"
#include "engine/step_json.hpp"

namespace forkmend::cli {

namespace {

engine::PlanRequest request_for(const Session& session, const engine::ObservedInstance& instance,
                                const policy::Policy& policy, const FixOptions& options) {
  return {.instance = instance.endpoint,
          .facts = instance.observation.facts,
          .diagnosis = instance.diagnosis,
          .forecast = instance.observation.forecast,
          .policy = policy,
          .root = session.root,
          .allowed = parse_risk(options.allow).value_or(Risk::disruptive),
          .verify = !options.no_verify};
}

}  // namespace

std::vector<std::string> why_not_allowed(const Session& session, const engine::Plan& stored,
                                         const engine::ObservedInstance& instance,
                                         const policy::Policy& policy, const FixOptions& options) {
  return engine::why_not_allowed(stored, request_for(session, instance, policy, options));
}

Case make_case(const Session& session, const engine::ObservedInstance& instance,
               const policy::Policy& policy, const FixOptions& options) {
  engine::PlanRequest request = request_for(session, instance, policy, options);
  if (session.bundle == nullptr) {
    auto past = engine::recorded_past(session_state_dir(session));
    request.recent_heals =
        engine::recent_heals(past.incidents, instance.endpoint, policy.rails, read_clock());
    request.ledger = std::move(past.ledger);
  }
  return Case{instance, engine::make_plan(request)};
}

std::vector<engine::HostIncident> host_incidents_of(const std::vector<Case>& cases,
                                                    const policy::Rails& rails) {
  std::vector<engine::Affected> affected;
  affected.reserve(cases.size());
  for (const Case& one : cases) {
    affected.push_back({&one.plan, one.instance.observation.forecast.shortfall().value_or(0)});
  }
  return engine::host_incidents(affected, rails);
}

void remember(const Session& session, const std::vector<Case>& cases) {
  if (session.bundle != nullptr) return;  // --plan is for the running host
  const auto journal = engine::Journal::open(session_state_dir(session));
  if (!journal) {
    print_error("the plan is not kept for --plan: " + journal.error().message);
    return;
  }
  for (const Case& one : cases) {
    if (one.plan.empty()) continue;
    if (const auto saved = (*journal)->save_plan(one.plan); !saved) {
      print_error("the plan is not kept for --plan: " + saved.error().message);
    }
  }
}

Result<engine::Plan> stored_plan(const Session& session, const std::string& id) {
  auto journal = engine::Journal::open_read_only(session_state_dir(session));
  if (!journal) return journal.error();
  auto text = (*journal)->stored_plan(id);
  if (!text) return text.error();
  return engine::plan_from_json(*text);
}

std::string actor(std::string_view command) {
  const char* sudo_user = std::getenv("SUDO_USER");  // NOLINT(concurrency-mt-unsafe): one thread
  std::string who = std::string(command) + " by uid " + std::to_string(getuid());
  if (sudo_user != nullptr) who += " (sudo from " + printable(sudo_user, 64) + ")";
  return who;
}

}  // namespace forkmend::cli
