// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/keep_sample.hpp"

#include "base/log.hpp"
#include "engine/sample_store.hpp"

namespace forkmend::daemon {

void keep_sample(const std::string& state_dir, const engine::ObservedInstance& seen) {
  const WallTime now = seen.observation.now.wall;
  // The look has read them already: mostly it is too early for another one.
  const auto& before = seen.samples;
  if (before && !before->empty() && now - before->back().at < engine::SampleStore::kApart) return;
  const auto added = engine::SampleStore(state_dir).add(
      seen.identity.run_id, redis::sample_of(seen.observation.facts, now));
  if (!added) log::write(log::Level::warning, {}, "no sample is kept: " + added.error().message);
}

}  // namespace forkmend::daemon
