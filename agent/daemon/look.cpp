// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What an event leads to: a look at the whole server, and where a save fails, or the next one
// would, what the policy's mode allows. Looks run beside each other, repairs one after the other.
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <utility>

#include "base/log.hpp"
#include "base/units.hpp"
#include "daemon/agent_loop.hpp"
#include "daemon/keep_sample.hpp"
#include "daemon/publish.hpp"
#include "engine/strain.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;
using std::chrono::nanoseconds;

namespace {

/// Where the log cannot be followed, there are so many times as many looks without an event.
constexpr int kLooksWithoutLog = 5;

/// What a whole look could not tell will not be told by the next one, either.
constexpr std::chrono::minutes kUnknownApart{10};

/// A forecast that denies the next fork while the server has a child is asked again so soon.
constexpr std::chrono::seconds kChildApart{10};

/// A strain does not hurry: saves work.
constexpr std::chrono::hours kStrainApart{1};

/// However a look ends.
class AtEnd {
 public:
  explicit AtEnd(std::function<void()> action) : action_(std::move(action)) {}
  ~AtEnd() { action_(); }
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;

 private:
  std::function<void()> action_;
};

/// A failure is looked at again when the rail's cooldown has passed; before that the rail would
/// block it anyway.
nanoseconds again_after(const AgentOptions& options) {
  return std::max<nanoseconds>(options.policy.rails.cooldown, std::chrono::minutes(1));
}

/// A server has one child at a time. What its child holds now (as much again under strict
/// overcommit, a task of every task limit) is free again when it forks next.
bool has_child(const FactSet& facts) {
  // INFO and the host are not read in the same moment: either may have seen it.
  return facts.integer("instance.child.pid").has_value() ||
         facts.integer("redis.rdb_bgsave_in_progress").value_or(0) != 0 ||
         facts.integer("redis.aof_rewrite_in_progress").value_or(0) != 0;
}

bool denies_a_fork(const engine::ObservedInstance& seen) {
  return !seen.diagnosis.failing && seen.locality.local &&
         forecast::denies(seen.observation.forecast.verdict);
}

bool is_foreseen(const engine::ObservedInstance& seen) {
  return denies_a_fork(seen) && !has_child(seen.observation.facts);
}

/// What is to be done something about, the gravest first; nullopt: nothing.
std::optional<policy::Trigger> trigger_of(const engine::ObservedInstance& seen,
                                          const policy::Policy& policy) {
  if (seen.diagnosis.failing) return policy::Trigger::failure;
  if (is_foreseen(seen)) return policy::Trigger::forecast;
  const bool strained = strain_to_mend(seen, policy) != nullptr;
  return strained ? std::optional(policy::Trigger::strain) : std::nullopt;
}

/// What a look concluded: the same again is nothing new.
std::string verdict_of(const engine::ObservedInstance& seen, const policy::Policy& policy) {
  const auto trigger = trigger_of(seen, policy);
  if (!trigger) return "well";
  switch (*trigger) {
    case policy::Trigger::failure:
      return failure_signature(seen);
    case policy::Trigger::forecast:
      return "foreseen/" + seen.observation.forecast.binding_rule;
    case policy::Trigger::strain:
      break;
  }
  return "strain/" + strain_to_mend(seen, policy)->id;
}

/// How soon what was handled is handled again while it stays as it is.
nanoseconds again_after(policy::Trigger trigger, const AgentOptions& options) {
  const nanoseconds apart = again_after(options);
  return trigger == policy::Trigger::strain ? std::max<nanoseconds>(apart, kStrainApart) : apart;
}

}  // namespace

/// Waits until nobody else mends. What was seen before may be of before the host was changed for
/// another server: then it is looked at again. nullopt: we are to stop.
asio::awaitable<std::optional<engine::ObservedInstance>> AgentLoop::turn_to_mend(
    InstancePtr instance, engine::ObservedInstance seen) {
  const bool waits = mending_;
  while (mending_) {
    boost::system::error_code woken;
    co_await mend_turn_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
  if (stopping_) co_return std::nullopt;
  mending_ = true;
  if (!waits) co_return std::optional(std::move(seen));
  auto moment = root_.caching();
  // Named: gcc 12 destroys a conditional temporary of an awaited call twice.
  std::optional<engine::SampleStore> samples;
  if (seen.samples) samples.emplace(options_->state_dir);
  auto again = co_await engine::observe(std::move(moment), instance->options, std::move(samples));
  if (!again) co_return std::optional(std::move(seen));
  co_return std::optional(std::move(*again));
}

asio::awaitable<void> AgentLoop::handle(InstancePtr instance, Notice notice,
                                        engine::ObservedInstance seen) {
  auto now_seen = co_await turn_to_mend(instance, std::move(seen));
  if (!now_seen) co_return;
  const AtEnd release([this] {
    mending_ = false;
    mend_turn_.cancel();
  });
  instance->shown->failing = now_seen->diagnosis.failing;
  if (trigger_of(*now_seen, options_->policy) != notice.trigger) co_return;
  const bool fails = notice.trigger == policy::Trigger::failure;
  ++state().incidents;
  if (fails) {
    for (const FailureState& failure : failure_states(now_seen->diagnosis)) {
      const auto& causes = now_seen->diagnosis.causes;
      ++state().failures[{failure.kind, causes.empty() ? "unknown" : causes.front().id}];
    }
  }
  AgentOptions options = *options_;
  options.stop_requested = [this] { return stopping_ || options_->stop_requested(); };
  options.on_incident = [this, instance](const IncidentNews& news) {
    shown(instance->endpoint).incident = news;
    if (!news.id.empty()) host_wide_.opened(news.cause, news.id);
    if (options_->on_incident) options_->on_incident(news);
  };
  const auto& shown_causes = now_seen->diagnosis.causes;
  if (fails && !shown_causes.empty()) {
    notice.host_incident =
        host_wide_.join(shown_causes.front().id, instance->endpoint,
                        options.policy.rails.same_cause_limit, read_clock().boot);
  }
  // A strain may stay although its remedy is in force: that is nothing new.
  const bool ends = notice.trigger != policy::Trigger::strain;
  const auto result =
      co_await handle_failure(root_, std::move(options), std::move(*now_seen), std::move(notice));
  if (result.handled == Handled::healed && ends) instance->watch.on_healed();
  if (result.handled != Handled::healed && result.handled != Handled::not_healed) co_return;
  // What the server and the headroom are like by now.
  instance->next_look = nanoseconds(0);
  if (instance->headroom_pace) instance->headroom_pace->forget();
  poll_soon(instance);
}

asio::awaitable<void> AgentLoop::take_look(InstancePtr instance, Event event,
                                           engine::ObservedInstance seen) {
  const Now now = read_clock();
  show_look(shown(instance->endpoint), seen);
  shown(instance->endpoint).endpoint = instance->endpoint;
  if (seen.observation.forecast.verdict == forecast::Verdict::unknown) {
    instance->next_unsure = now.boot + kUnknownApart;
  }
  if (instance->headroom_pace) {
    instance->headroom_pace->on_forecast(seen.observation.forecast,
                                         signs_in(seen.observation.facts), now.boot);
  }
  keep_sample(options_->state_dir, seen);
  const bool is_heard = instance->log_is_followed || instance->pid == 0;
  const nanoseconds apart = options_->look_at_least;
  instance->next_look = now.boot + (is_heard ? apart : apart / kLooksWithoutLog);
  const auto trigger = trigger_of(seen, options_->policy);
  std::string verdict = verdict_of(seen, options_->policy);
  instance->look_pace.on_look(
      now.boot, verdict == instance->verdict ? LookPace::Found::nothing : LookPace::Found::news);
  instance->verdict = verdict;
  const bool failing = seen.diagnosis.failing;
  if (!failing) keep_hint(*instance, event);
  if (denies_a_fork(seen) && !is_foreseen(seen)) instance->next_exact = now.boot + kChildApart;
  if (!trigger) co_return;
  if (!instance->watch.is_new(verdict, now, again_after(*trigger, *options_))) co_return;
  Notice notice{.source = EventSource::forecast, .delay = {}, .trigger = *trigger};
  if (*trigger == policy::Trigger::strain) notice.source = event.source;
  if (failing) {
    notice = notice_for(instance, event);
    instance->hint = {};
  }
  co_await handle(instance, std::move(notice), std::move(seen));
}

void AgentLoop::look_is_over(const InstancePtr& instance) {
  instance->busy = false;
  queue_bell_.ring();
}

asio::awaitable<void> AgentLoop::look(InstancePtr instance, Event event) {
  const AtEnd over([this, instance] { look_is_over(instance); });
  const auto begin = read_clock().boot;
  engine::SampleStore samples(options_->state_dir);
  auto moment = root_.caching();  // each table of the host is read once
  Result<engine::ObservedInstance> seen = Error{Errc::cancelled, "it was not asked"};
  auto asked = co_await engine::ask_server(instance->options);
  if (asked) detect(instance, event, asked->instance.answers.info);
  const AtEnd ended([this, instance] { end_detection(instance); });
  if (asked) {
    seen = co_await engine::observe_asked(std::move(moment), std::move(*asked), std::move(samples));
  } else {
    seen = asked.error();
  }
  --looks_;
  queue_bell_.ring();
  if (instance->gone || stopping_) co_return;
  PollCost& cost = shown(instance->endpoint).cost;
  ++cost.looks;
  cost.looks_total +=
      std::chrono::duration_cast<std::chrono::microseconds>(read_clock().boot - begin);
  if (!seen) {
    instance->look_pace.on_look(read_clock().boot, LookPace::Found::nothing);
    log::write(log::Level::warning, {}, instance->endpoint + ": " + seen.error().message);
    co_return;
  }
  co_await take_look(instance, std::move(event), std::move(*seen));
}

}  // namespace forkmend::daemon
