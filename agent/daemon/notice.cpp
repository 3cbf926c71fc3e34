// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/notice.hpp"

#include <algorithm>
#include <chrono>

#include "base/units.hpp"
#include "daemon/publish.hpp"
#include "engine/heal.hpp"
#include "engine/strain.hpp"

namespace forkmend::daemon {

namespace {

std::string cause_of(const engine::ObservedInstance& instance) {
  const auto& causes = instance.diagnosis.causes;
  return causes.empty() ? "unknown" : causes.front().id;
}

/// " (likely)"; nothing where there is no such cause.
std::string confidence_in(const std::vector<diagnosis::Cause>& causes, const std::string& id) {
  const auto found = std::ranges::find(causes, id, &diagnosis::Cause::id);
  return found == causes.end() ? "" : " (" + std::string(to_string(found->confidence)) + ")";
}

}  // namespace

std::string describe(const engine::ObservedInstance& instance, const Notice& notice,
                     const engine::Plan& plan) {
  std::string text = instance.endpoint;
  switch (notice.trigger) {
    case policy::Trigger::failure:
      text += ": a save fails, cause " + cause_of(instance) +
              confidence_in(instance.diagnosis.causes, cause_of(instance));
      break;
    case policy::Trigger::forecast:
      text += ": the next save would fail, cause " + plan.cause;
      break;
    case policy::Trigger::strain:
      text += ": saves work under the strain " + plan.cause +
              confidence_in(instance.diagnosis.strains, plan.cause);
      break;
  }
  return text + ", " + to_string(notice);
}

IncidentNews news_of(const engine::ObservedInstance& instance, const Notice& notice,
                     const engine::Plan& plan) {
  const bool fails = notice.trigger == policy::Trigger::failure;
  IncidentNews news{.endpoint = instance.endpoint,
                    .cause = fails ? cause_of(instance) : plan.cause,
                    .source = notice.source,
                    .detection_delay = notice.delay,
                    .opened = notice.detection ? notice.detection->at.wall : read_clock().wall,
                    .plan = plan.id};
  if (fails) news.failures = failure_states(instance.diagnosis);
  const auto& causes = fails ? instance.diagnosis.causes : instance.diagnosis.strains;
  const auto named = std::ranges::find(causes, news.cause, &diagnosis::Cause::id);
  if (named != causes.end()) news.confidence = to_string(named->confidence);
  if (notice.trigger == policy::Trigger::forecast) news.confidence = engine::kForeseen;
  return news;
}

const diagnosis::Cause* strain_to_mend(const engine::ObservedInstance& instance,
                                       const policy::Policy& policy) {
  const auto& seen = instance.observation;
  if (!instance.locality.local || !engine::saves_are_well(instance.diagnosis, seen.forecast)) {
    return nullptr;
  }
  const auto strains = engine::strains_with_rule(instance.diagnosis, policy, seen.facts);
  return strains.empty() ? nullptr : strains.front();
}

std::string failure_signature(const engine::ObservedInstance& instance) {
  std::string signature = cause_of(instance);
  for (const auto& failure : instance.diagnosis.failures) {
    signature.append("/")
        .append(to_string(failure.kind))
        .append(":")
        .append(to_string(failure.stage));
  }
  const auto last = instance.observation.facts.integer("redis.rdb_last_save_time");
  return signature + "/" + (last ? std::to_string(*last) : std::string("?"));
}

std::string to_string(const Notice& notice) {
  std::string text = "noticed by " + std::string(to_string(notice.source));
  if (notice.delay) {
    const auto delay = std::chrono::duration_cast<std::chrono::milliseconds>(*notice.delay);
    text += " after " + format_duration(delay);
  }
  return text;
}

}  // namespace forkmend::daemon
