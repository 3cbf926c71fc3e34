// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fact.hpp"
#include "forecast/after_fork.hpp"
#include "forecast/verdict.hpp"

namespace forkmend::forecast {

/// The answer of one refusal rule of copy_process().
struct RuleForecast {
  std::string id;  ///< NPROC, THR, DL, OC0-new, OC2, MEMCG, PIDS, ... (README.md)
  Verdict verdict = Verdict::unknown;
  std::optional<std::int64_t> margin;  ///< how much more would still be admitted; negative: missing
  std::string unit;                    ///< bytes or count
  int refusal_errno = 0;               ///< what fork() returns when this rule refuses
  std::map<std::string, std::string> inputs;  ///< fact name -> value as used
  std::string says;                           ///< one sentence
};

/// Would a fork of the instance succeed now.
struct Forecast {
  Verdict verdict = Verdict::unknown;
  std::vector<RuleForecast> rules;  ///< in the kernel's order
  /// The first rule that refuses (else the first too close or unknown one); empty when admitted.
  std::string binding_rule;
  // What comes after a fork that is admitted; these do not change the verdict.
  CopyOutlook cow;
  DiskOutlook disk;
  ThrottleOutlook throttle;
  ForkTimeOutlook fork_time;
  [[nodiscard]] const RuleForecast* find(std::string_view id) const;
  /// Bytes that the binding memory rule is short of; nullopt when no memory rule refuses.
  [[nodiscard]] std::optional<std::int64_t> shortfall() const;
};

/// Pure. Evaluates every rule and every outlook over the facts (see README.md for the formulas'
/// sources). A missing input makes that rule unknown, never admitted.
[[nodiscard]] Forecast forecast_fork(const FactSet& facts);

/// forecast.verdict, forecast.rule, forecast.shortfall (bytes), forecast.margin: for policies.
[[nodiscard]] FactSet forecast_facts(const Forecast& forecast);

}  // namespace forkmend::forecast
