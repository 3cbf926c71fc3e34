// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/fact.hpp"
#include "forecast/forecast.hpp"
#include "host/kmsg.hpp"
#include "redis/log_event.hpp"
#include "redis/samples.hpp"

namespace forkmend::diagnosis {

enum class FailureKind { rdb_save, aof_rewrite, replica_sync, aof_write };
enum class FailureStage { fork, child_exit, child_signal, write, hung, unknown };
enum class Confidence { proven, likely, possible };

[[nodiscard]] std::string_view to_string(FailureKind kind);
[[nodiscard]] std::string_view to_string(FailureStage stage);
[[nodiscard]] std::string_view to_string(Confidence confidence);

/// One save that failed.
struct Failure {
  FailureKind kind = FailureKind::rdb_save;
  FailureStage stage = FailureStage::unknown;
  std::optional<int> error_number;  ///< errno as the server reported it
  std::optional<int> signal;
  std::optional<std::int64_t> child_pid;  ///< in the server's pid namespace
  std::optional<WallTime> at;
  std::string source;  ///< "server log /var/log/redis/redis.log", "INFO persistence"
  std::string text;    ///< the line or field, as read
};

/// One witness. Witnesses of the kernel are marked: only they can make a cause proven.
struct Evidence {
  std::string source;
  std::string says;
  bool kernel = false;
};

struct Cause {
  std::string id;  ///< an id of the taxonomy, e.g. "commit-limit"
  Confidence confidence = Confidence::possible;
  std::vector<Evidence> evidence;
};

struct RuledOut {
  std::string id;
  std::string because;
};

/// Everything one diagnosis looks at. Pure data, collected by engine/observe.
struct Observation {
  FactSet facts;
  std::vector<redis::LogEvent> log;        ///< oldest first
  SharedList<host::KernelMessage> kernel;  ///< oldest first
  forecast::Forecast forecast;
  Now now;
  /// Of this life of the server, in the order of time, the one of this look last.
  std::vector<redis::Sample> samples{};
};

struct Diagnosis {
  bool failing =
      false;  ///< a save is failing at this moment (INFO says so, or the last try failed)
  std::vector<Failure> failures;
  std::vector<Cause> causes;  ///< best first; empty when the cause is unknown
  /// What strains saves that go well, or comes of those that fail: not why they fail.
  std::vector<Cause> strains;
  std::vector<RuledOut> ruled_out;
  std::vector<std::string> consequences;  ///< "writes are refused (MISCONF)", ...
  std::vector<std::string> advice;        ///< sentences for a person
};

/// Pure. Works out why saves fail, from evidence of server and kernel; says nothing it cannot show.
[[nodiscard]] Diagnosis diagnose(const Observation& observation);

/// failure.kind, failure.stage and failure.errno of the first (newest) failure, for policies:
/// without one they are not applicable, and an errno that nobody told is unknown.
[[nodiscard]] FactSet failure_facts(const Diagnosis& diagnosis);

}  // namespace forkmend::diagnosis
