// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "agent/forecast/facts.hpp"
#include "base/units.hpp"
#include "diagnosis/diagnosis.hpp"
#include "redis/log_line.hpp"

namespace forkmend::diagnosis {

using forecast::kGiB;
using forecast::kMiB;
using forecast::kPage;

/// 25 Nov 2026, 03:10:00 UTC, 100,000 s after the boot.
inline WallTime scene_time() {
  return *parse_time("2026-11-25T03:10:00Z");
}
inline constexpr std::chrono::seconds kUptime{100'000};

inline constexpr std::string_view kForkEnomem =
    "812:M 25 Nov 2026 03:09:58.120 # Can't save in background: fork: Cannot allocate memory";
inline constexpr std::string_view kForkEagain =
    "812:M 25 Nov 2026 03:09:58.120 # Can't save in background: fork: Resource temporarily "
    "unavailable";
inline constexpr std::string_view kRefusalLine =
    "__vm_enough_memory: pid: 812, comm: redis-server, bytes: 2147483648 not enough memory for the "
    "allocation";
inline constexpr std::string_view kRejectionLine =
    "cgroup: fork rejected by pids controller in /system.slice/redis-server.service";

/// One server with pid 812 on a host that refuses nothing (see agent/forecast/facts.hpp), and what
/// a test changes of it.
class Scene {
 public:
  Scene() {
    observation_.facts = forecast::healthy_facts();
    observation_.now = Now{scene_time(), kUptime};
    set("instance.local", true);
    set("instance.pid", std::int64_t{812});
    set("instance.start_time", std::int64_t{1'000'000});
    set("instance.cgroup", std::string("/system.slice/redis-server.service"));
    set("instance.pids.0.path", std::string("/sys/fs/cgroup/system.slice/redis-server.service"));
    set("instance.pids.0.events_max", std::int64_t{0});
    set("host.container", std::string("none"));
    observation_.facts.set_missing("host.beancounters_failed", FactState::not_applicable, "test",
                                   "no such file");
    set("host.mem_available", 12 * kGiB);
    set("host.swap_free", std::int64_t{0});
    set("redis.redis_version", std::string("7.0.15"));
    set("redis.role", std::string("master"));
    set("redis.process_id", std::int64_t{812});
    set("redis.uptime_in_seconds", std::int64_t{90'000});
    set("redis.used_memory", 2 * kGiB);
    set("redis.rdb_last_bgsave_status", std::string("ok"));
    set("redis.rdb_last_save_time", seconds("2026-11-25T02:10:00Z"));
    set("redis.rdb_changes_since_last_save", std::int64_t{1234});
    set("redis.aof_enabled", std::int64_t{0});
    set("redis.aof_last_bgrewrite_status", std::string("ok"));
    set("redis.aof_last_write_status", std::string("ok"));
    set("redis.config.save", std::string("3600 1 300 100 60 10000"));
    set("redis.config.stop-writes-on-bgsave-error", std::string("yes"));
    set("redis.config.replica-ignore-disk-write-errors", std::string("no"));
  }

  static std::int64_t seconds(std::string_view time) {
    return std::chrono::duration_cast<std::chrono::seconds>(parse_time(time)->time_since_epoch())
        .count();
  }

  Scene& set(std::string_view name, FactValue value) {
    forecast::put(observation_.facts, name, std::move(value));
    return *this;
  }
  Scene& hide(std::string_view name) {
    observation_.facts.set_missing(name, FactState::unreadable, "test", "hidden");
    return *this;
  }
  Scene& save_fails() { return set("redis.rdb_last_bgsave_status", std::string("err")); }
  Scene& mode(std::int64_t mode) { return set("host.overcommit_memory", mode); }

  /// A line of the server log, verbatim; times are UTC.
  Scene& log(std::string_view line) {
    const redis::LogClock clock{scene_time(), redis::fixed_offset(std::chrono::minutes(0))};
    observation_.log.push_back(redis::parse_log_line(line, clock));
    observation_.log.back().source = "/var/log/redis/redis.log";
    return *this;
  }
  Scene& kernel(std::string_view time, std::string_view text) {
    const auto before = scene_time() - *parse_time(time);
    host::KernelMessage message;
    message.at = std::chrono::duration_cast<std::chrono::microseconds>(kUptime - before);
    message.text = text;
    std::vector<host::KernelMessage> messages = observation_.kernel.items();
    messages.push_back(message);
    observation_.kernel = std::move(messages);
    return *this;
  }

  /// What the agent has kept, or of this look, in the order of time.
  Scene& sample(std::string_view time, std::map<std::string, std::int64_t, std::less<>> counters) {
    observation_.samples.push_back({.at = *parse_time(time), .values = std::move(counters)});
    return *this;
  }

  [[nodiscard]] const Observation& observation() const { return observation_; }

  [[nodiscard]] Diagnosis diagnose() {
    observation_.forecast = forecast::forecast_fork(observation_.facts);
    return diagnosis::diagnose(observation_);
  }

 private:
  Observation observation_;
};

inline const Cause* cause_of(const Diagnosis& diagnosis, std::string_view id) {
  const auto found = std::ranges::find(diagnosis.causes, id, &Cause::id);
  return found != diagnosis.causes.end() ? &*found : nullptr;
}

/// "proven", "likely", "possible", "ruled out: ..." or "undecided".
inline std::string answer_for(const Diagnosis& diagnosis, std::string_view id) {
  if (const Cause* cause = cause_of(diagnosis, id)) {
    return std::string(to_string(cause->confidence));
  }
  const auto out = std::ranges::find(diagnosis.ruled_out, id, &RuledOut::id);
  return out != diagnosis.ruled_out.end() ? "ruled out: " + out->because : "undecided";
}

inline const Failure* failure_of(const Diagnosis& diagnosis, FailureKind kind) {
  const auto found = std::ranges::find(diagnosis.failures, kind, &Failure::kind);
  return found != diagnosis.failures.end() ? &*found : nullptr;
}

inline bool says(const std::vector<std::string>& sentences, std::string_view part) {
  return std::ranges::any_of(sentences, [&](const std::string& sentence) {
    return sentence.find(part) != std::string::npos;
  });
}

}  // namespace forkmend::diagnosis
