// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/demotion.hpp"

#include <iterator>
#include <utility>
#include <vector>

namespace forkmend::engine {

namespace {

const LedgerEntry* demoted_entry(const PlanRequest& request, const Plan& plan,
                                 const Attempt& attempt) {
  const LedgerEntry* entry = find_entry(request.ledger, attempt.remedy, plan.cause);
  return entry != nullptr && is_demoted(*entry) ? entry : nullptr;
}

std::string reason(const LedgerEntry& entry) {
  return "it " + judgement(entry) + " (forkmend history remedies)";
}

}  // namespace

void demote(Plan& plan, const PlanRequest& request) {
  std::vector<Attempt> first;
  std::vector<Attempt> last;
  std::string passed;  ///< one that stood before an attempt that goes first now
  for (Attempt& attempt : plan.attempts) {
    const LedgerEntry* entry = demoted_entry(request, plan, attempt);
    if (entry == nullptr) {
      if (first.empty() && !last.empty()) {
        attempt.because = "it goes before " + last.front().remedy + ", which " + passed;
      }
      first.push_back(std::move(attempt));
      continue;
    }
    if (last.empty()) passed = judgement(*entry);
    attempt.because = "it goes last: " + reason(*entry);
    last.push_back(std::move(attempt));
  }
  if (first.empty() && !last.empty()) {
    last.front().because = "the rule has nothing better, though " +
                           reason(*demoted_entry(request, plan, last.front()));
  }
  plan.attempts = std::move(first);
  plan.attempts.insert(plan.attempts.end(), std::make_move_iterator(last.begin()),
                       std::make_move_iterator(last.end()));
}

}  // namespace forkmend::engine
