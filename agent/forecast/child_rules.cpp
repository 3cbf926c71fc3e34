// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Two rules about what the child would be born into: its scheduling policy and its pid namespace.
#include <cerrno>
#include <string>

#include "forecast/rule_reader.hpp"
#include "forecast/rules.hpp"

namespace forkmend::forecast {

namespace {

RuleForecast refused(const RuleReader& reader, std::string_view id, int refusal_errno,
                     std::string_view says) {
  RuleForecast rule = reader.admitted(id, refusal_errno, says);
  rule.verdict = Verdict::refused;
  return rule;
}

}  // namespace

std::optional<RuleForecast> deadline_rule(const FactSet& facts) {
  constexpr std::string_view kId = "DL";
  RuleReader reader(facts);
  const auto policy = reader.look_text("instance.sched_policy");
  if (!policy) {
    reader.miss("instance.sched_policy");
    return reader.unknown(kId, EAGAIN);
  }
  if (*policy != "deadline") {
    return reader.admitted(kId, EAGAIN, "The server is not scheduled by deadline.");
  }
  const auto reset = reader.look_flag("instance.sched_reset_on_fork");
  if (!reset) {
    reader.miss("instance.sched_reset_on_fork");
    return reader.unknown(kId, EAGAIN);
  }
  if (*reset) {
    return reader.admitted(kId, EAGAIN,
                           "The server is scheduled by deadline, its children are not.");
  }
  return refused(reader, kId, EAGAIN,
                 "Refused: the server is scheduled by deadline (SCHED_DEADLINE) without "
                 "reset-on-fork.");
}

std::optional<RuleForecast> pid_namespace_rule(const FactSet& facts) {
  constexpr std::string_view kId = "PIDNS";
  RuleReader reader(facts);
  const auto init = reader.look_flag("instance.pid_namespace_init");
  if (!init) {
    reader.miss("instance.pid_namespace_init");
    return reader.unknown(kId, ENOMEM);
  }
  if (*init) {
    return reader.admitted(kId, ENOMEM, "The pid namespace of its children is alive.");
  }
  return refused(reader, kId, ENOMEM,
                 "Refused: init of the pid namespace that children are born into has died, which "
                 "refuses every fork: restart the container.");
}

}  // namespace forkmend::forecast
