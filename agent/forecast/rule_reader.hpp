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
#include "forecast/forecast.hpp"
#include "forecast/kernel_version.hpp"

namespace forkmend::forecast {

/// Reads the facts of one rule, and remembers which it used and which were not there, so that every
/// answer shows its inputs and an unknown one says what it lacks.
class RuleReader {
 public:
  explicit RuleReader(const FactSet& facts) : facts_(facts) {}

  /// An input the rule cannot do without.
  [[nodiscard]] std::optional<std::int64_t> need(std::string_view name);
  /// The same, but what this kernel does not have at all counts as 0.
  [[nodiscard]] std::optional<std::int64_t> need_or_none(std::string_view name);
  /// Inputs that may be missing: the rule then decides over all their possible values.
  [[nodiscard]] std::optional<std::int64_t> look(std::string_view name);
  [[nodiscard]] std::optional<bool> look_flag(std::string_view name);
  [[nodiscard]] std::optional<std::string> look_text(std::string_view name);
  /// host.kernel_release, parsed.
  [[nodiscard]] std::optional<KernelVersion> kernel();

  /// The host or the server has no such thing (as opposed to: nobody knows).
  [[nodiscard]] bool absent(std::string_view name) const;

  /// A number that was computed on the way, shown among the inputs.
  void derive(std::string_view name, std::int64_t value);
  /// Says that the answer depends on this fact, which has no value.
  void miss(std::string_view name);
  [[nodiscard]] bool complete() const { return missing_.empty(); }

  [[nodiscard]] const std::map<std::string, std::string>& inputs() const { return inputs_; }
  /// "Cannot be told: ..." with the names of what lacks.
  [[nodiscard]] std::string what_lacks() const;

  /// Answers, with the inputs read so far.
  [[nodiscard]] RuleForecast unknown(std::string_view id, int refusal_errno) const;
  [[nodiscard]] RuleForecast admitted(std::string_view id, int refusal_errno,
                                      std::string_view says) const;

 private:
  void record(std::string_view name);

  const FactSet& facts_;
  std::map<std::string, std::string> inputs_;
  std::vector<std::string> missing_;
};

}  // namespace forkmend::forecast
