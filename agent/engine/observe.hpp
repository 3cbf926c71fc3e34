// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "diagnosis/diagnosis.hpp"
#include "engine/sample_store.hpp"
#include "host/root.hpp"
#include "redis/connection.hpp"
#include "redis/discovery.hpp"
#include "redis/info.hpp"
#include "redis/log_text.hpp"
#include "redis/samples.hpp"
#include "redis/server_config.hpp"

namespace forkmend::engine {

/// The answers of a server as it gave them: what a bundle keeps of it.
struct ServerAnswers {
  std::string info;             ///< INFO
  redis::ConfigPairs config;    ///< CONFIG GET; never a secret parameter
  bool config_is_whole = true;  ///< a parameter that is not in it is one that the server lacks
  std::string config_refused;   ///< why CONFIG GET gave nothing; empty: it was answered
};

/// One server at one moment: all that was read, and what follows from it.
struct ObservedInstance {
  redis::ConnectionOptions connection;  ///< how it was reached; passwords stay inside
  std::string endpoint;                 ///< URL without password
  redis::ServerIdentity identity;
  redis::Locality locality;
  ServerAnswers answers;
  std::optional<std::vector<redis::Sample>> samples;  ///< those before this look; nullopt: unknown
  redis::LogText log;  ///< of which observation.log was made; empty for a server elsewhere
  diagnosis::Observation observation;
  diagnosis::Diagnosis diagnosis;
};

/// A server that has answered; of the host nothing was read yet.
struct AskedServer {
  ObservedInstance instance;  ///< connection, endpoint and answers.info
  std::unique_ptr<redis::Connection> connection;
};

/// Connects and reads INFO. Errors: the instance cannot be reached or does not speak Redis.
[[nodiscard]] boost::asio::awaitable<Result<AskedServer>> ask_server(
    redis::ConnectionOptions connection);

/// Reads CONFIG, proves locality and, only for a local instance, reads its process, cgroups,
/// limits, log and the kernel log; then forecasts and diagnoses. Changes nothing. With samples,
/// what the agent has seen of it over time counts too. Errors: what it has answered is no INFO.
[[nodiscard]] boost::asio::awaitable<Result<ObservedInstance>> observe_asked(
    host::Root root, AskedServer asked, std::optional<SampleStore> samples);

/// One after the other. Errors: those of both.
[[nodiscard]] boost::asio::awaitable<Result<ObservedInstance>> observe(
    host::Root root, redis::ConnectionOptions connection,
    std::optional<SampleStore> samples = std::nullopt);

/// Identity and the facts redis.* from the server's answers. Errors: INFO is none.
[[nodiscard]] Result<void> take_answers(ObservedInstance& instance, ServerAnswers answers);

/// The facts that say whose process it is, from instance.locality.
void set_locality(ObservedInstance& instance);

/// host.* and instance.* but for the logs, of a server that is proven to be a process of this host:
/// of any other one, nothing of this host is said.
void read_host_facts(const host::Root& root, ObservedInstance& instance);

/// How many children of other servers save, or why that is not known.
void take_other_children(ObservedInstance& instance, const Result<std::int64_t>& count,
                         FactState when_missing = FactState::unreadable);

/// The kernel log, or why it could not be read.
void take_kernel_log(ObservedInstance& instance, Result<SharedList<host::KernelMessage>> log,
                     FactState when_missing = FactState::unreadable);

/// instance.growth.* of instance.samples and this look, which was at that time.
void set_growth(ObservedInstance& instance, WallTime at);

/// Forecast, forecast.*, diagnosis and failure.* from the facts, log and kernel log that are there:
/// the part of observe() that a captured bundle has too.
void conclude(ObservedInstance& instance);

/// Facts of the host alone (no instance).
[[nodiscard]] FactSet observe_host(const host::Root& root);

}  // namespace forkmend::engine
