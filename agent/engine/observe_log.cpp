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

void set_missing(ObservedInstance& instance, const Error& error) {
  miss_server_log(instance, state_for(error), error.message);
}

}  // namespace

void take_server_log(ObservedInstance& instance, const std::string& path,
                     std::vector<redis::LogEvent> events) {
  instance.observation.facts.set(kFact, path, "", kSource);
  instance.observation.log = std::move(events);
}

void miss_server_log(ObservedInstance& instance, FactState state, std::string_view because) {
  instance.observation.facts.set_missing(kFact, state, kSource, because);
}

void read_server_log(const host::Root& root, ObservedInstance& instance) {
  const auto logfile = instance.observation.facts.text("redis.config.logfile");
  if (!logfile) {
    return miss_server_log(instance, FactState::unreadable, "CONFIG GET logfile gave nothing");
  }
  const auto path = redis::find_server_log(root, instance.locality.pid, *logfile);
  if (!path) return set_missing(instance, path.error());
  auto events = redis::read_log_events(root, *path);
  if (!events) return set_missing(instance, events.error());
  take_server_log(instance, *path, std::move(*events));
}

}  // namespace forkmend::engine
