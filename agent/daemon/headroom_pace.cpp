// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/headroom_pace.hpp"

#include <algorithm>
#include <limits>

namespace forkmend::daemon {

namespace {

constexpr std::int64_t kNoBound = std::numeric_limits<std::int64_t>::max();

std::int64_t least_margin(const forecast::Forecast& made, bool of_bytes) {
  std::int64_t least = kNoBound;
  for (const forecast::RuleForecast& rule : made.rules) {
    if (rule.margin && (rule.unit == "bytes") == of_bytes) least = std::min(least, *rule.margin);
  }
  return least;
}

/// By how much it has grown; nullopt: nobody knows, unless it was not known before either.
std::optional<std::int64_t> growth_of(std::optional<std::int64_t> before,
                                      std::optional<std::int64_t> now) {
  if (before && now) return *now - *before;
  return before == now ? std::optional<std::int64_t>(0) : std::nullopt;
}

bool exceeds(std::optional<std::int64_t> growth, std::int64_t margin) {
  return !growth || *growth > margin / 2;
}

}  // namespace

HeadroomSigns signs_in(const FactSet& facts) {
  HeadroomSigns signs{.server_bytes = facts.integer("instance.vm_size"),
                      .committed = facts.integer("host.committed_as"),
                      .commit_limit = facts.integer("host.commit_limit"),
                      .available = facts.integer("host.mem_available"),
                      .threads = facts.integer("host.threads"),
                      .overcommit = facts.integer("host.overcommit_memory")};
  if (signs.available) *signs.available += facts.integer("host.swap_free").value_or(0);
  return signs;
}

void HeadroomPace::on_forecast(const forecast::Forecast& made, const HeadroomSigns& signs,
                               std::chrono::nanoseconds now) {
  stands_ = made.verdict == forecast::Verdict::admitted;
  bytes_ = least_margin(made, true);
  tasks_ = least_margin(made, false);
  signs_ = signs;
  made_at_ = now;
}

bool HeadroomPace::has_moved(const HeadroomSigns& now) const {
  return now.overcommit != signs_.overcommit || now.commit_limit != signs_.commit_limit ||
         exceeds(growth_of(signs_.server_bytes, now.server_bytes), bytes_) ||
         exceeds(growth_of(signs_.committed, now.committed), bytes_) ||
         exceeds(growth_of(now.available, signs_.available), bytes_) ||
         exceeds(growth_of(signs_.threads, now.threads), tasks_);
}

bool HeadroomPace::is_due(const HeadroomSigns& signs, std::chrono::nanoseconds now,
                          std::chrono::nanoseconds round) const {
  return !stands_ || now - made_at_ >= round * kMostRounds || has_moved(signs);
}

}  // namespace forkmend::daemon
