// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/observe.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "diagnosis/growth.hpp"
#include "engine/observe_log.hpp"
#include "engine/save_children.hpp"
#include "engine/server_session.hpp"
#include "host/facts.hpp"
#include "host/kmsg.hpp"
#include "host/process_table.hpp"
#include "redis/directory_facts.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

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

/// Those before this look; nullopt when they cannot be read.
std::optional<std::vector<redis::Sample>> read_samples(const SampleStore& store,
                                                       const ObservedInstance& instance) {
  auto samples = store.read(instance.identity.run_id);
  if (!samples) return std::nullopt;
  const WallTime now = instance.observation.now.wall;
  while (!samples->empty() && samples->back().at > now) samples->pop_back();
  return std::optional(*std::move(samples));
}

/// Children of other servers that save at this moment. Not recorded: a bundle has the count alone.
Result<std::int64_t> count_other_children(const host::Root& root, std::int64_t pid) {
  const auto hidden = host::hides_processes(root);
  if (hidden && *hidden) {
    return Error{Errc::permission_denied, "/proc does not show us every process"};
  }
  const auto table = host::process_table(root);
  if (!table) return table.error();
  const auto children = save_children(table->items());
  return std::ranges::count_if(children,
                               [pid](const SaveChild& child) { return child.parent != pid; });
}

}  // namespace

Result<void> take_answers(ObservedInstance& instance, ServerAnswers answers) {
  const auto info = redis::parse_info(answers.info);
  if (!info) return info.error();
  instance.observation.facts.merge(redis::info_facts(*info));
  instance.observation.facts.merge(config_facts(answers));
  instance.identity = redis::identify(*info);
  instance.answers = std::move(answers);
  return ok();
}

void set_locality(ObservedInstance& instance) {
  constexpr std::string_view kSource = "socket and process tables";
  FactSet& facts = instance.observation.facts;
  facts.set("instance.endpoint", instance.endpoint, "", "command line or discovery");
  facts.set("instance.local", instance.locality.local, "", kSource);
  facts.set("instance.locality", instance.locality.because, "", kSource);
}

void read_host_facts(const host::Root& root, ObservedInstance& instance) {
  const FactSet host_now = host::host_facts(root);
  instance.observation.facts.merge(host_now);
  instance.observation.facts.merge(host::process_facts(root, instance.locality.pid, host_now));
  instance.observation.facts.merge(
      redis::directory_facts(root, instance.locality.pid, instance.observation.facts));
}

void take_other_children(ObservedInstance& instance, const Result<std::int64_t>& count,
                         FactState when_missing) {
  constexpr std::string_view kName = "instance.other_save_children";
  constexpr std::string_view kSource = "process table";
  FactSet& facts = instance.observation.facts;
  if (count) return facts.set(kName, *count, "count", kSource);
  facts.set_missing(kName, when_missing, kSource, count.error().message);
}

void take_kernel_log(ObservedInstance& instance, Result<SharedList<host::KernelMessage>> log,
                     FactState when_missing) {
  diagnosis::Observation& observation = instance.observation;
  if (log) {
    observation.kernel = std::move(*log);
    observation.facts.set("host.kernel_log", true, "flag", "/dev/kmsg");
    return;
  }
  observation.facts.set_missing("host.kernel_log", when_missing, "/dev/kmsg", log.error().message);
}

void conclude(ObservedInstance& instance) {
  diagnosis::Observation& observation = instance.observation;
  observation.forecast = forecast::forecast_fork(observation.facts);
  observation.facts.merge(forecast::forecast_facts(observation.forecast));
  instance.diagnosis = diagnosis::diagnose(observation);
  observation.facts.merge(diagnosis::failure_facts(instance.diagnosis));
}

void set_growth(ObservedInstance& instance, WallTime at) {
  FactSet& facts = instance.observation.facts;
  if (!instance.samples) {
    facts.set_missing("instance.growth.samples", FactState::unknown, "samples of the agent",
                      "no samples of this server were read");
    return;
  }
  std::vector<redis::Sample> samples = *instance.samples;
  samples.push_back(redis::sample_of(facts, at));
  facts.merge(diagnosis::growth_facts(samples));
  instance.observation.samples = std::move(samples);
}

asio::awaitable<Result<AskedServer>> ask_server(redis::ConnectionOptions connection) {
  AskedServer asked;
  ObservedInstance& instance = asked.instance;
  instance.endpoint = to_string(connection.endpoint);
  instance.connection = connection;
  auto opened = co_await redis::Connection::connect(std::move(connection));
  if (!opened) co_return opened.error();  // names the endpoint
  asked.connection = std::move(*opened);
  auto info = co_await read_info_text(asked.connection.get());
  if (!info) co_return info.error().during("asking " + instance.endpoint + " for INFO");
  instance.answers.info = std::move(*info);
  co_return asked;
}

asio::awaitable<Result<ObservedInstance>> observe_asked(host::Root root, AskedServer asked,
                                                        std::optional<SampleStore> samples) {
  ObservedInstance instance = std::move(asked.instance);
  // Each table of the host is read once; a bundle needs every read.
  if (root.cache() == nullptr && !root.recorded()) root = root.caching();
  ServerAnswers answers = co_await read_config(asked.connection.get());
  answers.info = std::move(instance.answers.info);
  if (auto taken = take_answers(instance, std::move(answers)); !taken) {
    co_return taken.error().during("asking " + instance.endpoint + " for INFO");
  }
  instance.locality = locate(root.recorded_by(nullptr), instance, peer_pid(*asked.connection));
  set_locality(instance);
  if (instance.locality.local) {
    read_host_facts(root, instance);
    const host::Root unrecorded = root.recorded_by(nullptr);
    take_other_children(instance, count_other_children(unrecorded, instance.locality.pid));
    co_await read_server_log(root, &instance);
    take_kernel_log(instance, host::read_kernel_log(root));
  }
  instance.observation.now = read_clock();
  if (samples) instance.samples = read_samples(*samples, instance);
  set_growth(instance, instance.observation.now.wall);
  conclude(instance);
  co_return instance;
}

asio::awaitable<Result<ObservedInstance>> observe(host::Root root,
                                                  redis::ConnectionOptions connection,
                                                  std::optional<SampleStore> samples) {
  auto asked = co_await ask_server(std::move(connection));
  if (!asked) co_return asked.error();
  co_return co_await observe_asked(std::move(root), std::move(*asked), std::move(samples));
}

FactSet observe_host(const host::Root& root) {
  return host::host_facts(root);
}

}  // namespace forkmend::engine
