// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/observe_log.hpp"

#include <string_view>
#include <utility>

#include "redis/server_log.hpp"

namespace forkmend::engine {

namespace {

constexpr std::string_view kFact = "instance.log_file";
constexpr std::string_view kSource = "CONFIG GET logfile";

FactState state_for(const Error& error) {
  switch (error.code) {
    case Errc::not_found:
    case Errc::unsupported:
      return FactState::not_applicable;
    default:
      return FactState::unreadable;
  }
}

void set_missing(FactSet& facts, const Error& error) {
  facts.set_missing(kFact, state_for(error), kSource, error.message);
}

}  // namespace

void read_server_log(const host::Root& root, ObservedInstance& instance) {
  FactSet& facts = instance.observation.facts;
  const auto logfile = facts.text("redis.config.logfile");
  if (!logfile) {
    facts.set_missing(kFact, FactState::unreadable, kSource, "CONFIG GET logfile gave nothing");
    return;
  }
  const auto path = redis::find_server_log(root, instance.locality.pid, *logfile);
  if (!path) return set_missing(facts, path.error());
  auto events = redis::read_log_events(root, *path);
  if (!events) return set_missing(facts, events.error());
  facts.set(kFact, *path, "", kSource);
  instance.observation.log = std::move(*events);
}

}  // namespace forkmend::engine
