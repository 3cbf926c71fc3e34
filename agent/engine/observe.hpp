// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "diagnosis/diagnosis.hpp"
#include "host/root.hpp"
#include "redis/connection.hpp"
#include "redis/discovery.hpp"
#include "redis/info.hpp"

namespace forkmend::engine {

/// One server at one moment: all that was read, and what follows from it.
struct ObservedInstance {
  redis::ConnectionOptions connection;  ///< how it was reached; passwords stay inside
  std::string endpoint;                 ///< URL without password
  redis::ServerIdentity identity;
  redis::Locality locality;
  diagnosis::Observation observation;
  diagnosis::Diagnosis diagnosis;
};

/// Connects, reads INFO and CONFIG, proves locality, and, only for a local instance, reads its
/// process, cgroups, limits, log and the kernel log; then forecasts and diagnoses. Changes nothing.
/// Errors: the instance cannot be reached or does not speak Redis.
[[nodiscard]] boost::asio::awaitable<Result<ObservedInstance>> observe(
    host::Root root, redis::ConnectionOptions connection);

/// Forecast, forecast.*, diagnosis and failure.* from the facts, log and kernel log that are there:
/// the part of observe() that a captured bundle has too.
void conclude(ObservedInstance& instance);

/// Facts of the host alone (no instance).
[[nodiscard]] FactSet observe_host(const host::Root& root);

}  // namespace forkmend::engine
