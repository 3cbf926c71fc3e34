// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/boxed.hpp"
#include "base/clock.hpp"

namespace forkmend::daemon {

/// Where the news of an event came from.
enum class EventSource {
  poll,          ///< INFO persistence
  server_log,    ///< the server's log file, or its container's
  journal,       ///< journald
  kernel_log,    ///< /dev/kmsg
  cgroup,        ///< memory.events, pids.events
  process_exit,  ///< pidfd
  discovery,     ///< the process table, and the look at every server that goes with it
  forecast,      ///< the headroom in the background: nothing has failed yet
};
inline constexpr std::size_t kEventSources = 8;

/// "poll", "server-log", "journal", "kernel-log", "cgroup", "process-exit", "discovery",
/// "forecast".
[[nodiscard]] std::string_view to_string(EventSource source);

/// One kind of failure of a server as the last look found it; spellings as in JSON.
struct FailureState {
  std::string kind;   ///< "rdb-save", "aof-rewrite", "replica-sync", "aof-write"
  std::string stage;  ///< "fork", "child-exit", ...
  bool operator==(const FailureState&) const = default;
};

/// How far one rule of the kernel is from refusing the next fork.
struct RuleHeadroom {
  std::string rule;                    ///< "OC2", "NPROC", "PIDS", ...
  std::string verdict;                 ///< "admitted", "refused", "too-close", "kill", "unknown"
  std::optional<std::int64_t> margin;  ///< left behind this fork; negative: missing
  std::string unit;                    ///< "bytes" or "count"
  bool operator==(const RuleHeadroom&) const = default;
};

/// What polls and looks of a server have cost us, since the agent began.
struct PollCost {
  std::uint64_t polls = 0;
  std::uint64_t failed = 0;                  ///< no answer, or none that is INFO persistence
  std::uint64_t looks = 0;                   ///< whole looks, with diagnosis
  std::chrono::microseconds looks_total{0};  ///< of all looks
};

/// The newest incident of a server: of a failure, of one that was foreseen, or of a strain.
struct IncidentNews {
  std::string id;          ///< of the journal; at its end empty if nothing was recorded
  std::string endpoint;    ///< URL without password
  std::string cause;       ///< "unknown" where nothing is known
  std::string confidence;  ///< "proven", "likely", "possible"; "foreseen" before anything failed
  std::vector<FailureState> failures;      ///< empty: foreseen, or a strain
  EventSource source = EventSource::poll;  ///< who saw it first
  /// From the server's or the kernel's own time of the event to the agent's having it.
  std::optional<std::chrono::microseconds> detection_delay;
  WallTime opened;
  std::optional<WallTime> closed;  ///< nullopt: it goes on
  /// "diagnosing" (the server tells of a failure, the cause is being found out), "open" (something
  /// is done about it), "told" (observe), "planned" (dry-run), "healed", "mitigated", "not-healed",
  /// "undo-incomplete", "interrupted", "blocked", "no-privilege", "cannot-record",
  /// "nothing-to-do", "recovered" (saves work again).
  std::string state = "open";
  std::string remedy;  ///< what healed or mitigated it
  /// Each remedy that was tried, with the state of its changes: "applied", "undone", "failed", ...
  std::vector<std::pair<std::string, std::string>> tried;
  std::string plan;                                       ///< its id, where one was made
  std::vector<std::string> because;                       ///< why blocked; problems; advice
  std::optional<std::chrono::milliseconds> verification;  ///< of the save that proved it
};

/// One server as the agent sees it. Plain data; what is not known is nullopt or empty.
struct InstanceState {
  std::string endpoint;  ///< URL without password; the key
  std::int64_t pid = 0;  ///< 0: not of this host, or not known
  std::string flavour;   ///< "redis", "valkey", "keydb", "dragonfly", "unknown"
  std::string version;
  std::string role;  ///< "master", "slave"
  bool local = false;
  bool reachable = false;
  std::string unreachable_because;
  WallTime polled_at;
  WallTime looked_at;

  std::optional<WallTime> last_save;  ///< rdb_last_save_time: the start of the server counts too
  std::optional<std::int64_t> changes_since_save;
  bool in_aof = false;  ///< the AOF is on and its last write worked: it holds those changes
  bool saving = false;  ///< a child of any kind is at work

  bool failing = false;
  std::vector<FailureState> failures;
  std::string cause;
  std::string confidence;
  std::vector<std::string> strains;  ///< ids, of the last look

  std::string forecast;      ///< verdict of the next fork; empty: not looked yet
  std::string binding_rule;  ///< which rule decides it
  std::vector<RuleHeadroom> headroom;
  std::optional<WallTime> forecast_at;

  Boxed<IncidentNews> incident;  ///< the newest one, also after its end
  PollCost cost;
};

/// How one source of events stands.
struct SourceState {
  bool active = false;
  std::string because;          ///< why it is not, or what it lacks
  std::uint64_t seen = 0;       ///< events that meant something
  std::uint64_t coalesced = 0;  ///< events that fell together with one that was waiting already
};

/// What the agent knows, for whoever shows it: the control socket and the metrics. One thread: read
/// it at any time between two steps of the loop.
struct AgentState {
  WallTime started;
  std::string mode;                                ///< "observe", "dry-run", "heal"
  std::map<std::string, InstanceState> instances;  ///< by endpoint
  std::array<SourceState, kEventSources> sources;  ///< by EventSource
  std::uint64_t incidents = 0;                     ///< handled since the agent began
  /// Failures since the agent began, by (kind, cause).
  std::map<std::pair<std::string, std::string>, std::uint64_t> failures;
};

}  // namespace forkmend::daemon
