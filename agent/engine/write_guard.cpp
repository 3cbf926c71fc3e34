// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/write_guard.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "engine/save_kind.hpp"
#include "remediations/save_points.hpp"
#include "remediations/server_step.hpp"

namespace forkmend::engine {

namespace {

constexpr std::string_view kStopSetting = "stop-writes-on-bgsave-error";
/// How often it is looked whether the guard is still needed.
constexpr std::chrono::seconds kGuardLease{60};

bool is_denied(const policy::Rails& rails) {
  return std::ranges::find(rails.deny, "stop-writes") != rails.deny.end();
}

/// Before 7.0 only clients of a master are refused.
bool takes_writes_whatever_comes(const FactSet& facts) {
  const auto role = facts.text("redis.role");
  return role && *role != "master" && !may_abort_replicas(facts);
}

}  // namespace

WriteStop failed_save_stops_writes(const FactSet& facts) {
  const auto status = facts.text("redis.rdb_last_bgsave_status");
  if (status == "err" || takes_writes_whatever_comes(facts)) return WriteStop::no;
  const auto stops = remediations::config_value(facts, kStopSetting);
  const auto points = has_save_points(facts);
  if (stops == "no" || points == false) return WriteStop::no;
  return status && stops && points ? WriteStop::yes : WriteStop::unknown;
}

void add_write_guard(Plan& plan, const PlanRequest& request) {
  if (!request.verify || !plan.has_proof() || is_denied(request.policy.rails)) return;
  if (save_kind(request.facts) != SaveKind::snapshot) return;
  if (failed_save_stops_writes(request.facts) != WriteStop::yes) return;
  const auto server = remediations::server_address(request.facts);
  if (std::holds_alternative<remediations::Refusal>(server)) return;
  remediations::Step step = remediations::config_step(
      request.facts, std::get<remediations::ServerAddress>(server),
      {.remedy = kGuardWrites,
       .parameter = kStopSetting,
       .value = "no",
       .why = "should the save that proves it fail, writes are taken as before"});
  step.lease = kGuardLease.count();
  plan.first_aid.insert(plan.first_aid.begin(), std::move(step));
}

bool is_write_guard(const remediations::Step& step) {
  return step.remedy == kGuardWrites;
}

std::optional<std::string> harm_to_writes(const FactSet& now) {
  const std::string stays = std::string(kStopSetting) + " stays no while ";
  if (now.integer("redis.rdb_bgsave_in_progress").value_or(0) != 0) {
    return stays + "a save runs: should it fail, yes would stop writes";
  }
  if (now.text("redis.rdb_last_bgsave_status") != "err") return std::nullopt;
  if (remediations::save_is_overdue(now)) return std::nullopt;
  return stays +
         "rdb_last_bgsave_status is err: the save that was to prove a fix made it so, and yes "
         "would stop writes that were taken before; forkmend takes it back once a save has worked, "
         "or once the server's own saves fail";
}

}  // namespace forkmend::engine
