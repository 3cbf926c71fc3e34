// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace forkmend::engine {

/// What came of a remedy against a cause.
enum class RemedyOutcome {
  healed,     ///< proven by a save
  mitigated,  ///< the server was kept going
  failed,     ///< the change was refused, or a save was tried after it and failed
  relapsed,   ///< it had healed, and the cause was back within the rail stable_after
};
[[nodiscard]] std::string_view to_string(RemedyOutcome outcome);

/// What a remedy has come to against a cause on this host, over all incidents that were ever acted
/// in.
struct LedgerEntry {
  std::string remedy;  ///< as Attempt::remedy
  std::string cause;
  std::int64_t healed = 0;
  std::int64_t mitigated = 0;
  std::int64_t failed = 0;
  std::int64_t relapsed = 0;  ///< of those healed
  WallTime last;              ///< of the last outcome

  bool operator==(const LedgerEntry&) const = default;
};
using Ledger = std::vector<LedgerEntry>;

/// So many fruitless tries are no accident.
inline constexpr std::int64_t kTriesToJudge = 3;

/// Times that it was tried and nothing lasting came of it: failed ones and relapses.
[[nodiscard]] std::int64_t fruitless(const LedgerEntry& entry);

/// It never healed or mitigated for good, in at least kTriesToJudge tries: other remedies go first.
[[nodiscard]] bool is_demoted(const LedgerEntry& entry);

/// nullptr: it was never tried.
[[nodiscard]] const LedgerEntry* find_entry(const Ledger& ledger, std::string_view remedy,
                                            std::string_view cause);

/// "never healed commit-limit for good in 3 tries (2 failed, 1 did not last)".
[[nodiscard]] std::string judgement(const LedgerEntry& entry);

}  // namespace forkmend::engine
