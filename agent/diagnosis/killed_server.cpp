// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// unit-kill: the OOM killer took the child, and the whole unit was taken down with it
// (memory.oom.group, or systemd's OOMPolicy=stop), so that the server that is looked at has only
// begun since. Told by the kernel log and by the server's earlier life in its log.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>

#include "base/text.hpp"
#include "diagnosis/strain_case.hpp"
#include "diagnosis/witness_window.hpp"
#include "host/kernel_event.hpp"

namespace forkmend::diagnosis {

namespace {

using redis::LogEvent;
using redis::LogEventKind;

/// A service manager starts what it stopped within minutes, or a person does.
constexpr std::chrono::minutes kRestart(10);

bool is_killed_child(const LogEvent& event) {
  return event.signal == SIGKILL && (event.kind == LogEventKind::save_child_signal ||
                                     event.kind == LogEventKind::rewrite_child_signal ||
                                     event.kind == LogEventKind::sync_child_signal);
}

/// A run of the server as its log tells it.
struct Life {
  const LogEvent* kill = nullptr;      ///< a child that signal 9 ended, with no good save since
  const LogEvent* shutdown = nullptr;  ///< SIGTERM to the server behind that
  const LogEvent* ended = nullptr;     ///< its own child, as it stopped: that may have been dead
  bool saved = false;                  ///< it saved once more on the way out
};

struct Lives {
  Life earlier;  ///< before the last start
  Life current;
};

/// Where SIGTERM is quicker than the news of the child's death, this is all that is said of it.
bool ends_its_child(const LogEvent& event) {
  return event.message.starts_with("There is a child ") && event.message.ends_with("Killing it!");
}

Lives read_lives(const std::vector<LogEvent>& log) {
  Lives lives;
  for (const LogEvent& event : log) {
    if (event.kind == LogEventKind::server_started) {
      // A start has more than one line.
      const bool told = lives.current.kill != nullptr || lives.current.ended != nullptr;
      if (told) lives.earlier = lives.current;
      lives.current = {};
    } else if (ends_its_child(event)) {
      lives.current.ended = &event;
    } else if ((lives.current.shutdown != nullptr || lives.current.ended != nullptr) &&
               event.message == "DB saved on disk") {
      // With save points a server saves before it ends, without a child: that proves nothing.
      lives.current.saved = true;
    } else if (event.kind == LogEventKind::save_ok) {
      lives = {};
    } else if (is_killed_child(event)) {
      lives.current = {.kill = &event};
    } else if (lives.current.kill != nullptr && event.message.starts_with("Received SIGTERM")) {
      lives.current.shutdown = &event;
    }
  }
  return lives;
}

bool of_our_cgroup(const StrainCase& strain_case, const host::OomRecord& record) {
  const auto ours = strain_case.text("instance.memory.0.path");
  return ours && record.context && record.context->task_memcg &&
         ours->ends_with(*record.context->task_memcg);
}

/// A kill in the server's cgroup before it was started, and not long before.
const host::OomRecord* kill_before_start(const StrainCase& strain_case,
                                         const std::vector<host::OomRecord>& records) {
  const auto& started = strain_case.server.started;
  if (!started) return nullptr;
  const auto fits = [&](const host::OomRecord& record) {
    const host::KernelMessage message{.at = record.at, .level = 0, .text = {}};
    const auto at = wall_time(message, strain_case.observation.now);
    // The server tells its start in whole seconds.
    return at && *at <= *started + std::chrono::seconds(2) && *at >= *started - kRestart &&
           of_our_cgroup(strain_case, record);
  };
  const auto found = std::ranges::find_if(records.rbegin(), records.rend(), fits);
  return found != records.rend() ? &*found : nullptr;
}

bool restarted_after(const StrainCase& strain_case, const LogEvent& event) {
  const auto& started = strain_case.server.started;
  return started && event.at && *event.at <= *started + std::chrono::seconds(2) &&
         *event.at >= *started - kRestart;
}

}  // namespace

std::optional<Cause> find_unit_kill(const StrainCase& strain_case) {
  const auto [life, current] = read_lives(strain_case.observation.log);
  if (current.shutdown != nullptr) {
    Cause cause{.id = "unit-kill", .confidence = Confidence::likely, .evidence = {}};
    cause.evidence.push_back(
        Evidence{"server log",
                 printable(current.shutdown->message) +
                     ": its child was killed just before, and now it is stopped.",
                 false});
    return cause;
  }
  const bool child_died = life.kill != nullptr && restarted_after(strain_case, *life.kill);
  const bool may_have = life.ended != nullptr && restarted_after(strain_case, *life.ended);
  const bool group = strain_case.observation.facts.flag("instance.memory.0.oom_group") == true;
  // Taking the kernel log apart costs; a look at many servers would do it for each.
  if (!child_died && !may_have && !group) return std::nullopt;
  const auto records = host::collect_oom_kills(strain_case.observation.kernel.items());
  const host::OomRecord* record = kill_before_start(strain_case, records);
  if (!child_died && record == nullptr) return std::nullopt;
  Cause cause{.id = "unit-kill", .confidence = Confidence::possible, .evidence = {}};
  if (child_died) {
    cause.evidence.push_back(Evidence{"server log", printable(life.kill->message), false});
    const bool stopped = life.shutdown != nullptr;
    if (stopped) {
      cause.confidence = Confidence::likely;
      cause.evidence.push_back(Evidence{"server log", printable(life.shutdown->message), false});
    }
  }
  if (!child_died && may_have) {
    cause.evidence.push_back(Evidence{"server log", printable(life.ended->message), false});
  }
  if (record != nullptr) {
    cause.confidence = Confidence::proven;
    cause.evidence.push_back(
        Evidence{"kernel log",
                 "it killed process " + std::to_string(record->kill.pid) + " (" +
                     printable(record->kill.comm, 40) +
                     ") of the server's cgroup just before the server was started again.",
                 true});
  }
  if (group) {
    cause.evidence.push_back(strain_case.witness(
        "instance.memory.0.oom_group", "memory.oom.group is 1: one kill is a kill of all."));
  }
  cause.evidence.push_back(Evidence{"INFO uptime_in_seconds",
                                    life.saved
                                        ? "the server saved once more, and was started anew."
                                        : "the server was started anew: what no save had written "
                                          "is lost.",
                                    false});
  return cause;
}

}  // namespace forkmend::diagnosis
