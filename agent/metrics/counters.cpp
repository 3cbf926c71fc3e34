// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <utility>

#include "metrics/families.hpp"
#include "metrics/model.hpp"

namespace forkmend::metrics {

namespace {

constexpr const char* kOther = "other";

/// One more of that series, or of "other" when there are too many already.
template <class Map>
void count_one(Map& map, typename Map::key_type key, typename Map::key_type other) {
  const bool known = map.size() < Counters::kMostSeries || map.contains(key);
  ++map[known ? std::move(key) : std::move(other)];
}

}  // namespace

void Counters::failure(const std::string& server, const std::string& kind,
                       const std::string& cause) {
  count_one(failures_, {server, kind, cause}, {kOther, kOther, kOther});
}

void Counters::noticed(const std::string& source) {
  count_one(noticed_, source, kOther);
}

void Counters::incident(const std::string& state) {
  count_one(incidents_, state, kOther);
}

void Counters::remedy(const std::string& remedy, const std::string& outcome) {
  count_one(remedies_, {remedy, outcome}, {kOther, kOther});
}

void Counters::verification(std::chrono::nanoseconds took) {
  verification_.observe(std::chrono::duration<double>(took).count());
}

void Counters::set_notifications(const std::string& notifier, const std::string& outcome,
                                 std::uint64_t count) {
  notifications_[{notifier, outcome}] = count;
}

void render_counters(Exposition& out, const Counters& counters) {
  out.begin(kSaveFailures);
  for (const auto& [key, count] : counters.failures_) {
    const auto& [server, kind, cause] = key;
    out.sample({{"server", server}, {"kind", kind}, {"cause", cause}}, static_cast<double>(count));
  }
  out.begin(kFailuresNoticed);
  for (const auto& [source, count] : counters.noticed_) {
    out.sample({{"source", source}}, static_cast<double>(count));
  }
  out.begin(kIncidents);
  for (const auto& [state, count] : counters.incidents_) {
    out.sample({{"state", state}}, static_cast<double>(count));
  }
  out.begin(kRemedies);
  for (const auto& [key, count] : counters.remedies_) {
    out.sample({{"remedy", key.first}, {"outcome", key.second}}, static_cast<double>(count));
  }
  out.begin(kVerification);
  out.histogram(counters.verification_);
  out.begin(kNotifications);
  for (const auto& [key, count] : counters.notifications_) {
    out.sample({{"notifier", key.first}, {"outcome", key.second}}, static_cast<double>(count));
  }
}

}  // namespace forkmend::metrics
