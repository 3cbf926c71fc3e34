// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/ledger.hpp"

#include <algorithm>

namespace forkmend::engine {

std::string_view to_string(RemedyOutcome outcome) {
  switch (outcome) {
    case RemedyOutcome::healed:
      return "healed";
    case RemedyOutcome::mitigated:
      return "mitigated";
    case RemedyOutcome::failed:
      return "failed";
    case RemedyOutcome::relapsed:
      return "relapsed";
  }
  return "failed";
}

std::int64_t fruitless(const LedgerEntry& entry) {
  return entry.failed + entry.relapsed;
}

bool is_demoted(const LedgerEntry& entry) {
  const bool ever = entry.healed > entry.relapsed || entry.mitigated > 0;
  return !ever && fruitless(entry) >= kTriesToJudge;
}

const LedgerEntry* find_entry(const Ledger& ledger, std::string_view remedy,
                              std::string_view cause) {
  const auto found = std::ranges::find_if(ledger, [&](const LedgerEntry& entry) {
    return entry.remedy == remedy && entry.cause == cause;
  });
  return found == ledger.end() ? nullptr : &*found;
}

std::string judgement(const LedgerEntry& entry) {
  return "never healed " + entry.cause + " for good in " + std::to_string(fruitless(entry)) +
         " tries (" + std::to_string(entry.failed) + " failed, " + std::to_string(entry.relapsed) +
         " did not last)";
}

}  // namespace forkmend::engine
