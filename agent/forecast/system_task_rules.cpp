// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Limits of the whole system: kernel.threads-max and the space of pids.
#include <cerrno>
#include <string>

#include "base/units.hpp"
#include "forecast/arithmetic.hpp"
#include "forecast/rule_reader.hpp"
#include "forecast/rules.hpp"

namespace forkmend::forecast {

namespace {

/// RESERVED_PIDS of kernel/pid.c: after the first round, pids below are not given out again.
constexpr std::int64_t kReservedPids = 300;

/// How far the count of tasks can be from the count of taken pids, either way: up to 299 old tasks
/// sit on reserved numbers, and a pid stays taken while a process group or session has its number.
constexpr std::int64_t kPidUncertainty = 300;

/// Before 4.1 (35f71bc0a09a) alloc_pid() gave NULL, and copy_process() made ENOMEM of it.
int pid_exhaustion_errno(std::optional<KernelVersion> kernel) {
  return kernel && *kernel < KernelVersion{4, 1} ? ENOMEM : EAGAIN;
}

std::string pid_max_sentence(Verdict verdict, std::int64_t threads, std::int64_t pid_max) {
  const std::string numbers = format_count(threads) + " tasks share the " +
                              format_count(subtract_clamped(pid_max, kReservedPids)) +
                              " pids below kernel.pid_max " + format_count(pid_max);
  if (verdict == Verdict::refused) return "Refused: " + numbers + ": no pid is left.";
  if (verdict == Verdict::too_close) {
    return "Too close to call: " + numbers +
           ", and process groups or sessions hold some more; hardly a pid is left.";
  }
  return "Admitted: " + numbers + ".";
}

Verdict pid_max_verdict(std::int64_t free) {
  if (free <= -kPidUncertainty) return Verdict::refused;
  return free <= kPidUncertainty ? Verdict::too_close : Verdict::admitted;
}

}  // namespace

std::optional<RuleForecast> threads_rule(const FactSet& facts) {
  RuleReader reader(facts);
  const auto threads = reader.need("host.threads");
  const auto limit = reader.need("host.threads_max");
  if (!threads || !limit) return reader.unknown("THR", EAGAIN);
  // copy_process(): refused when nr_threads >= max_threads, counted before the child is.
  const bool refused = *threads >= *limit;
  RuleForecast rule = reader.admitted("THR", EAGAIN, "");
  rule.verdict = refused ? Verdict::refused : Verdict::admitted;
  rule.margin = subtract_clamped(subtract_clamped(*limit, *threads), 1);
  rule.unit = "count";
  rule.says = std::string(refused ? "Refused: " : "Admitted: ") + format_count(*threads) +
              " tasks run on this host, kernel.threads-max is " + format_count(*limit) + ".";
  return rule;
}

std::optional<RuleForecast> pid_max_rule(const FactSet& facts) {
  RuleReader reader(facts);
  const int refusal_errno = pid_exhaustion_errno(reader.kernel());
  const auto threads = reader.need("host.threads");
  const auto pid_max = reader.need("host.pid_max");
  if (!threads || !pid_max) return reader.unknown("PIDMAX", refusal_errno);
  const std::int64_t free = subtract_clamped(subtract_clamped(*pid_max, kReservedPids), *threads);
  RuleForecast rule = reader.admitted("PIDMAX", refusal_errno, "");
  rule.verdict = pid_max_verdict(free);
  rule.margin = subtract_clamped(free, 1);
  rule.unit = "count";
  rule.says = pid_max_sentence(rule.verdict, *threads, *pid_max);
  return rule;
}

}  // namespace forkmend::forecast
