// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A fork that no amount of memory or tasks would have let through: the pid namespace takes no more
// processes, the server's one slot for a child is taken, or the guest's host refuses.
#include <array>
#include <cerrno>
#include <string>

#include "base/text.hpp"
#include "diagnosis/failure_case.hpp"

namespace forkmend::diagnosis {

namespace {

constexpr std::string_view kNamespace = "pid-namespace-dead";
constexpr std::string_view kSlot = "child-slot-taken";
constexpr std::string_view kGuest = "guest-limit";

}  // namespace

/// alloc_pid() answers ENOMEM once init of the namespace has gone (PIDNS_ADDING is cleared).
Assessment assess_pid_namespace_dead(const FailureCase& failure_case) {
  const std::string id(kNamespace);
  if (failure_case.error() && !failure_case.error_is(ENOMEM)) {
    return RuledOut{id,
                    "errno is " + error_word(failure_case) + ": a dead namespace gives ENOMEM."};
  }
  const auto* rule = failure_case.rule("PIDNS");
  if (rule == nullptr || !forecast::denies(rule->verdict)) return not_shown(kNamespace, rule);
  // Nothing brings an init back: what refuses now has refused since.
  Cause cause = make_cause(failure_case, kNamespace,
                           failure_case.error() ? Confidence::proven : Confidence::likely, rule);
  cause.evidence.push_back(
      {"/proc/PID/ns/pid_for_children", "no process with pid 1 is in that namespace.", true});
  return cause;
}

/// hasActiveChildProcess() of server.c: one child at a time, the answer is EEXIST.
Assessment assess_child_slot_taken(const FailureCase& failure_case) {
  const std::string id(kSlot);
  if (!failure_case.error()) return RuledOut{id, "only errno EEXIST would show it."};
  if (!failure_case.error_is(EEXIST)) {
    return RuledOut{id, "errno is " + error_word(failure_case) +
                            ": another child that runs is answered with EEXIST."};
  }
  struct Field {
    std::string_view fact;
    std::string_view child;
  };
  constexpr auto kFields =
      std::to_array<Field>({{"redis.module_fork_in_progress", "a module's"},
                            {"redis.aof_rewrite_in_progress", "an AOF rewrite's"},
                            {"redis.rdb_bgsave_in_progress", "a save's or a full sync's"}});
  Cause cause = make_cause(failure_case, kSlot, Confidence::likely, nullptr);
  for (const Field& field : kFields) {
    if (failure_case.integer(field.fact) != 1) continue;
    cause.evidence.push_back({"INFO " + std::string(field.fact.substr(6)),
                              "a child runs: " + std::string(field.child) + ".", false});
  }
  const auto pid = failure_case.integer("instance.child.pid");
  if (pid) {
    cause.confidence = Confidence::proven;
    cause.evidence.push_back({"/proc/PID/task/PID/children",
                              "process " + std::to_string(*pid) + " is a child of the server.",
                              true});
  }
  return cause;
}

/// OpenVZ counts each refusal of a guest's resource; no other limit shows inside the guest.
Assessment assess_guest_limit(const FailureCase& failure_case) {
  const std::string id(kGuest);
  const Fact* fact = failure_case.observation.facts.find("host.beancounters_failed");
  const auto failed = failure_case.observation.facts.text("host.beancounters_failed");
  if (fact == nullptr || fact->state == FactState::unreadable) {
    return Undecided{id + " could not be checked: /proc/user_beancounters was not read."};
  }
  if (!failed) return RuledOut{id, "this host is no OpenVZ guest: it has no beancounters."};
  if (failed->empty()) return RuledOut{id, "failcnt of every beancounter is 0."};
  if (failure_case.error() && !failure_case.error_is(ENOMEM)) {
    return RuledOut{id, "errno is " + error_word(failure_case) + ": beancounters give ENOMEM."};
  }
  Cause cause = make_cause(failure_case, kGuest, Confidence::likely, nullptr);
  cause.evidence.push_back({"/proc/user_beancounters",
                            "refused since the guest was started: " + printable(*failed) + ".",
                            true});
  return cause;
}

}  // namespace forkmend::diagnosis
