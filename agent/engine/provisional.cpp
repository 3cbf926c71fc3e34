// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/provisional.hpp"

#include <algorithm>
#include <chrono>

#include "engine/own_proof.hpp"

namespace forkmend::engine {

namespace {

/// A save may take long, and an incident begins before the save that ends it.
constexpr std::chrono::hours kLongestIncident{24 * 8};

WallTime begin_of_second(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}

/// A server tells the second of a save, so whole seconds are compared.
bool may_be_ours(const IncidentRecord& incident, SaveTime save) {
  if (begin_of_second(incident.opened) >= save.to) return false;
  return !incident.closed || *incident.closed >= save.from;
}

Result<std::vector<std::string>> heals_in(const std::string& state_dir, const std::string& instance,
                                          SaveTime save, const policy::Rails& rails, Now now) {
  const auto journal = Journal::open_read_only(state_dir);
  if (!journal && journal.error().code == Errc::not_found) return std::vector<std::string>();
  if (!journal) return journal.error();
  const auto oldest = now.wall - rails.stable_after - kLongestIncident;
  const auto history = (*journal)->incidents(oldest);
  if (!history) return history.error();
  return heals_to_credit(*history, instance, save, rails, now);
}

Result<void> credit(Journal& journal, const std::string& heal, const policy::Rails& rails) {
  const auto incident = journal.incident(heal);
  if (!incident) return incident.error();
  if (awaits_own_save(*incident)) {
    auto proven = record_own_proof(journal, *incident, "a save of the server's own");
    if (!proven) return proven;
  }
  const auto saves = journal.count_save(heal);
  if (!saves) return saves.error();
  std::string says = "a save of the server's own has worked: " + saves_so_far(*saves, rails);
  if (*saves >= rails.stable_saves) says += "; the heal is not provisional any more";
  return journal.note(heal, says);
}

}  // namespace

bool is_provisional(const IncidentRecord& incident, const policy::Rails& rails, Now now) {
  return incident.state == IncidentState::healed && incident.own_saves < rails.stable_saves &&
         ended_ago(incident, now) < rails.stable_after;
}

std::vector<std::string> heals_to_credit(const std::vector<IncidentRecord>& history,
                                         const std::string& instance, SaveTime save,
                                         const policy::Rails& rails, Now now) {
  std::vector<std::string> heals;
  for (const IncidentRecord& incident : history) {
    if (incident.instance != instance) continue;
    if (may_be_ours(incident, save)) return {};
    const bool before = incident.closed && *incident.closed < save.from;
    const bool counts = is_provisional(incident, rails, now) || awaits_own_save(incident);
    if (before && counts) heals.push_back(incident.id);
  }
  return heals;
}

Result<std::vector<std::string>> credit_save(const std::string& state_dir,
                                             const std::string& instance, SaveTime save,
                                             const policy::Rails& rails, Now now) {
  auto heals = heals_in(state_dir, instance, save, rails, now);
  if (!heals || heals->empty()) return heals;
  const auto journal = Journal::open(state_dir);
  if (!journal) return journal.error();
  for (const std::string& heal : *heals) {
    const auto credited = credit(**journal, heal, rails);
    if (!credited) return credited.error();
  }
  return heals;
}

std::string saves_so_far(std::int64_t saves, const policy::Rails& rails) {
  return std::to_string(saves) + " of " + std::to_string(rails.stable_saves) +
         " saves (rail stable_saves)";
}

}  // namespace forkmend::engine
