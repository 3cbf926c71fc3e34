// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/observe.hpp"

#include <optional>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "engine/observe_log.hpp"
#include "engine/server_session.hpp"
#include "host/facts.hpp"
#include "host/kmsg.hpp"
#include "redis/directory_facts.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

void set_locality(FactSet& facts, const ObservedInstance& instance) {
  constexpr std::string_view kSource = "socket and process tables";
  facts.set("instance.endpoint", instance.endpoint, "", "command line or discovery");
  facts.set("instance.local", instance.locality.local, "", kSource);
  facts.set("instance.locality", instance.locality.because, "", kSource);
}

/// Only for a server that is proven to be a process of this host: of any other one, nothing of this
/// host is said.
void look_at_host(const host::Root& root, ObservedInstance& instance) {
  diagnosis::Observation& observation = instance.observation;
  const FactSet host_now = host::host_facts(root);
  observation.facts.merge(host_now);
  observation.facts.merge(host::process_facts(root, instance.locality.pid, host_now));
  observation.facts.merge(redis::directory_facts(root, instance.locality.pid, observation.facts));
  read_server_log(root, instance);
  auto kernel = host::read_kernel_log(root);
  if (kernel) {
    observation.kernel = std::move(*kernel);
    observation.facts.set("host.kernel_log", true, "flag", "/dev/kmsg");
  } else {
    observation.facts.set_missing("host.kernel_log", FactState::unreadable, "/dev/kmsg",
                                  kernel.error().message);
  }
}

std::int64_t peer_pid(const redis::Connection& connection) {
  const auto peer = connection.peer_credentials();
  return peer ? peer->pid : 0;
}

/// The pid of "/proc/812/ns/net".
std::optional<std::int64_t> namespace_owner(std::string_view path) {
  const auto parts = split(path, '/');
  return parts.size() == 5 ? parse_integer(parts[2]) : std::nullopt;
}

redis::Locality locate(const host::Root& root, const ObservedInstance& instance,
                       std::int64_t peer) {
  if (const auto inside = namespace_owner(instance.connection.network_namespace)) {
    return redis::prove_locality_inside(root, instance.connection.endpoint, instance.identity,
                                        *inside);
  }
  return redis::prove_locality(root, instance.connection.endpoint, instance.identity, peer);
}

}  // namespace

void conclude(ObservedInstance& instance) {
  diagnosis::Observation& observation = instance.observation;
  observation.forecast = forecast::forecast_fork(observation.facts);
  observation.facts.merge(forecast::forecast_facts(observation.forecast));
  instance.diagnosis = diagnosis::diagnose(observation);
  observation.facts.merge(diagnosis::failure_facts(instance.diagnosis));
}

asio::awaitable<Result<ObservedInstance>> observe(host::Root root,
                                                  redis::ConnectionOptions connection) {
  ObservedInstance instance;
  instance.endpoint = to_string(connection.endpoint);
  instance.connection = connection;
  auto opened = co_await redis::Connection::connect(std::move(connection));
  if (!opened) co_return opened.error();  // names the endpoint
  auto info = co_await read_info(opened->get());
  if (!info) co_return info.error().during("asking " + instance.endpoint + " for INFO");
  FactSet& facts = instance.observation.facts;
  facts.merge(redis::info_facts(*info));
  facts.merge(co_await read_config(opened->get()));
  instance.identity = redis::identify(*info);
  instance.locality = locate(root, instance, peer_pid(**opened));
  set_locality(facts, instance);
  if (instance.locality.local) look_at_host(root, instance);
  instance.observation.now = read_clock();
  conclude(instance);
  co_return instance;
}

FactSet observe_host(const host::Root& root) {
  return host::host_facts(root);
}

}  // namespace forkmend::engine
