// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/planning.hpp"

#include <filesystem>

#include "base/text.hpp"
#include "forecast/forecast.hpp"

namespace forkmend::testing {

using remediations::PlanInput;
using remediations::Proposal;
using remediations::Refusal;

namespace {

/// Everything that a PlanInput refers to, for as long as it is used.
struct Inputs {
  explicit Inputs(const Planning& planning)
      : root(planning.tree->path(), planning.tables),
        forecast(forecast::forecast_fork(planning.facts)) {}
  host::Root root;
  forecast::Forecast forecast;

  [[nodiscard]] PlanInput input(const Planning& planning) const {
    return {.facts = planning.facts,
            .forecast = forecast,
            .cause = planning.cause ? &*planning.cause : nullptr,
            .parameters = planning.parameters,
            .root = root,
            .keep_strict_overcommit = planning.keep_strict_overcommit};
  }
};

}  // namespace

Planning::Planning(std::string_view remedy, const Files& files)
    : tree(std::make_unique<HostTree>(files)), spec(remediations::find_remediation(remedy)) {
  // As every installation has them, so that only what a remedy makes has to go again.
  for (const char* directory : {"/etc/sysctl.d", "/etc/tmpfiles.d", "/etc/systemd/system"}) {
    std::filesystem::create_directories(tree->root().at(directory));
  }
  if (spec != nullptr) parameters = policy::default_parameters(spec->parameters);
}

void Planning::set(const std::map<std::string, FactValue>& values) {
  for (const auto& [name, value] : values) facts.set(name, value, "", "test");
}

void Planning::hide(std::string_view name) {
  facts.set_missing(name, FactState::unreadable, "test", "Permission denied");
}

void Planning::blame(std::string_view cause_id) {
  cause = diagnosis::Cause{std::string(cause_id), diagnosis::Confidence::proven, {}};
}

remediations::ProbeResult Planning::probe() const {
  const Inputs inputs(*this);
  return spec->probe(inputs.input(*this));
}

remediations::PlanResult Planning::plan() const {
  const Inputs inputs(*this);
  return spec->plan(inputs.input(*this));
}

Proposal Planning::proposal() const {
  const auto result = plan();
  if (const auto* refusal = std::get_if<Refusal>(&result)) {
    ADD_FAILURE() << "refused: " << refusal->because;
    return {};
  }
  return std::get<Proposal>(result);
}

std::string Planning::refusal() const {
  const auto result = plan();
  if (const auto* refusal = std::get_if<Refusal>(&result)) return refusal->because;
  ADD_FAILURE() << "not refused: " << std::get<Proposal>(result).predicted;
  return {};
}

std::map<std::string, FactValue> own_host() {
  return {{"host.container", std::string("none")},
          {"host.initial_user_namespace", true},
          {"host.systemd", true},
          {"host.page_size", std::int64_t{4096}},
          {"host.mem_total", std::int64_t{16} << 30},
          {"host.mem_available", std::int64_t{10} << 30},
          {"host.swap_total", std::int64_t{2} << 30},
          {"host.swap_free", std::int64_t{2} << 30}};
}

std::map<std::string, FactValue> local_server() {
  return {{"instance.local", true},
          {"instance.endpoint", std::string("redis://127.0.0.1:6379")},
          {"instance.pid", std::int64_t{812}},
          {"instance.start_time", std::int64_t{4711}},
          {"redis.run_id", std::string("0123456789abcdef0123456789abcdef01234567")},
          {"redis.used_memory", std::int64_t{4} << 30},
          {"redis.rdb_last_cow_size", std::int64_t{1} << 30}};
}

std::string notes_of(const Proposal& proposal) {
  return join(proposal.notes, "\n");
}

std::string notes_of(const remediations::Persistence& persistence) {
  return join(persistence.notes, "\n");
}

}  // namespace forkmend::testing
