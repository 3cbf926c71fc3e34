// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// An incident begins when the server itself says that its saves fail, before anybody knows why; and
// who saw it first has the honour.
#include <utility>

#include "base/log.hpp"
#include "daemon/agent_loop.hpp"

namespace forkmend::daemon {

namespace {

/// The kernel's line comes before the server's own.
constexpr std::chrono::seconds kHintHolds{5};

bool is_witness(EventSource source) {
  return source != EventSource::poll && source != EventSource::discovery &&
         source != EventSource::forecast;
}

bool holds(const Boxed<Event>& hint, std::chrono::nanoseconds now) {
  return hint && now - hint->seen < kHintHolds;
}

}  // namespace

/// What a look that found no failure was begun for: the server may not know yet.
void AgentLoop::keep_hint(Instance& instance, const Event& event) {
  if (is_witness(event.source) && !holds(instance.hint, event.seen)) instance.hint = event;
}

Notice AgentLoop::notice_for(const InstancePtr& instance, const Event& event) const {
  // A look without a witness may find what a witness has told of meanwhile.
  const Event* waiting = queue_.waiting(instance->endpoint);
  const bool told = waiting != nullptr && is_witness(waiting->source) && !is_witness(event.source);
  const Event& latest = told ? *waiting : event;
  const Event& first = holds(instance->hint, latest.seen) ? *instance->hint : latest;
  Notice notice{.source = first.source,
                .delay = first.delay,
                .trigger = policy::Trigger::failure,
                .host_incident = {},
                .detection = {}};
  if (instance->detection) notice.detection = *instance->detection;
  return notice;
}

/// What fails in a way that INFO does not show (a refused diskless sync) begins with the look's
/// conclusion, and so does another failure of a server that was failing already.
void AgentLoop::detect(const InstancePtr& instance, const Event& event, const std::string& info) {
  const auto polled = redis::parse_persistence(info);
  const bool known = instance->shown->failing;  // by the look before this one
  if (!polled || !polled->fails() || known) return;
  const Now now = read_clock();
  instance->detection =
      Detection{.at = now, .incident = engine::new_incident_id(now.wall, ++last_incident_)};
  const Notice notice = notice_for(instance, event);
  IncidentNews news{.id = instance->detection->incident,
                    .endpoint = instance->endpoint,
                    .cause = "unknown",
                    .source = notice.source,
                    .detection_delay = notice.delay,
                    .opened = now.wall,
                    .state = "diagnosing"};
  log::write(log::Level::warning, news.id,
             instance->endpoint + ": saves fail, " + to_string(notice) + "; finding out why");
  shown(instance->endpoint).incident = news;
  if (options_->on_incident) options_->on_incident(news);
}

/// With a look that found it over, or that it was handled before.
void AgentLoop::end_detection(const InstancePtr& instance) {
  if (!instance->detection) return;
  const std::string id = instance->detection->incident;
  instance->detection = {};
  if (instance->gone || stopping_) return;
  auto& shown_incident = shown(instance->endpoint).incident;
  if (!shown_incident || shown_incident->id != id || shown_incident->state != "diagnosing") return;
  const bool goes_on = instance->shown->failing;
  const std::string says =
      goes_on ? "the same failure was handled before" : "saves work again by themselves";
  shown_incident->closed = read_clock().wall;
  shown_incident->state = goes_on ? "blocked" : "recovered";
  shown_incident->because = {says};
  log::write(log::Level::warning, id, instance->endpoint + ": " + says);
  if (options_->on_incident) options_->on_incident(*shown_incident);
}

}  // namespace forkmend::daemon
