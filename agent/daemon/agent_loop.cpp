// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/agent_loop.hpp"

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <random>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;

namespace {

/// Looks are mostly reading, which blocks: more of them at once only helps past servers that hang.
constexpr std::size_t kMostLooks = 8;

/// How soon a stop file is seen. A signal is seen at once.
constexpr std::chrono::seconds kStopCheck{1};

constexpr std::chrono::hours kLong{1};

}  // namespace

AgentLoop::AgentLoop(const asio::any_io_executor& executor, const host::Root& root,
                     std::shared_ptr<AgentOptions> options)
    : executor_(executor),
      root_(root.following_kernel_log()),
      options_(std::move(options)),
      state_(options_->state ? options_->state : std::make_shared<AgentState>()),
      last_incident_(static_cast<std::uint16_t>(std::random_device{}())),
      chance_(std::random_device{}()),
      answer_(redis::PollSocket::kMostAnswer),
      sources_(executor),
      work_(executor),
      polls_bell_(executor),
      queue_bell_(executor),
      discover_bell_(executor),
      headroom_bell_(executor),
      stop_bell_(executor),
      meet_turn_(executor, asio::steady_timer::time_point::max()),
      mend_turn_(executor, asio::steady_timer::time_point::max()),
      files_(executor),
      logs_(executor, &files_, [this](Event event) { take_event(std::move(event)); }),
      journal_(executor, [this](Event event) { take_event(std::move(event)); }),
      kernel_(executor,
              [this](const host::KernelEvent& event, const host::KernelMessage& message) {
                on_kernel_event(event, message);
              }),
      cgroups_(executor, root_, &files_, [this](Event event) { take_event(std::move(event)); }) {}

InstancePtr AgentLoop::find(const std::string& endpoint) const {
  const auto found = instances_.find(endpoint);
  return found == instances_.end() ? nullptr : found->second;
}

void AgentLoop::set_source(EventSource source, const Result<void>& state_of_it) {
  SourceState& source_state = state().sources.at(static_cast<std::size_t>(source));
  source_state.active = static_cast<bool>(state_of_it);
  source_state.because = state_of_it ? "" : state_of_it.error().message;
}

void AgentLoop::start() {
  state().started = read_clock().wall;
  for (const EventSource source : {EventSource::poll, EventSource::discovery, EventSource::forecast,
                                   EventSource::process_exit}) {
    set_source(source, ok());
  }
  const auto kernel = root_.live()
                          ? kernel_.open()
                          : Result<void>(Error{Errc::unsupported, "a captured host logs nothing"});
  set_source(EventSource::kernel_log, kernel);
  if (kernel) {
    sources_.spawn("following the kernel log", kernel_.run());
  } else {
    log::write(log::Level::warning, {}, "no kernel log: " + kernel.error().message);
  }
  sources_.spawn("watching files", files_.run());
  sources_.spawn("following logs", logs_.run());
  sources_.spawn("following journald", journal_.run());
  sources_.spawn("following cgroups", cgroups_.run());
  sources_.spawn("polling", poll_all());
  sources_.spawn("looking for servers", discover());
  sources_.spawn("tracking headroom", track_headroom());
  sources_.spawn("attending to events", dispatch());
}

/// A signal ends the wait at once; what stop_requested sees besides is seen within a second.
asio::awaitable<void> AgentLoop::wait_for_stop() {
  asio::signal_set signals(executor_, SIGINT, SIGTERM);
  signals.async_wait([this](const boost::system::error_code& cancelled, int /*signal*/) {
    if (!cancelled) stop_bell_.ring();
  });
  while (!options_->stop_requested() && !stopping_) {
    if (co_await stop_bell_.wait(kStopCheck)) stopping_ = true;
  }
  stopping_ = true;
}

asio::awaitable<void> AgentLoop::run() {
  start();
  co_await wait_for_stop();
  sources_.cancel_all();
  co_await sources_.join();
  co_await work_.join();
}

void AgentLoop::take_event(Event event) {
  const InstancePtr instance = find(event.endpoint);
  if (!instance || instance->gone) return;
  SourceState& source = state().sources.at(static_cast<std::size_t>(event.source));
  ++source.seen;
  if (event.meaning == EventMeaning::look) instance->pace.on_trouble(event.seen);
  if (event.meaning == EventMeaning::poll) {
    poll_soon(instance);
    return;
  }
  log::write(log::Level::debug, {},
             event.endpoint + ": " + std::string(to_string(event.source)) + ": " +
                 printable(event.says, 200));
  if (!queue_.push(std::move(event))) ++source.coalesced;
  queue_bell_.ring();
}

std::optional<std::chrono::nanoseconds> AgentLoop::ready_at(const std::string& endpoint) const {
  const InstancePtr instance = find(endpoint);
  if (!instance || instance->busy) return std::nullopt;
  return instance->look_pace.ready_at();
}

asio::awaitable<void> AgentLoop::dispatch() {
  const auto ready = [this](const std::string& endpoint) { return ready_at(endpoint); };
  while (true) {
    while (looks_ < kMostLooks) {
      auto event = queue_.pop(read_clock().boot, ready);
      if (!event) break;
      attend(std::move(*event));
    }
    std::chrono::nanoseconds wait = kLong;
    const auto next = queue_.next(ready);
    if (next && looks_ < kMostLooks) {
      wait = std::max<std::chrono::nanoseconds>(*next - read_clock().boot,
                                                std::chrono::milliseconds(1));
    }
    co_await queue_bell_.wait(wait);
  }
}

void AgentLoop::attend(Event event) {
  const InstancePtr instance = find(event.endpoint);
  if (!instance || stopping_) return;
  if (event.meaning == EventMeaning::gone) {
    leave(instance, event.says);
    discover_bell_.ring();
    return;
  }
  instance->busy = true;
  ++looks_;
  std::string task = "looking at " + event.endpoint;
  work_.spawn(std::move(task), look(instance, std::move(event)));
}

void AgentLoop::on_kernel_event(const host::KernelEvent& event,
                                const host::KernelMessage& message) {
  const auto now = read_clock();
  const auto since = monotonic_since_boot() - message.at;
  for (const auto& [endpoint, instance] : instances_) {
    if (!instance->subject) continue;
    const auto meaning = meaning_for(event, *instance->subject);
    if (!meaning) continue;
    instance->pace.on_trouble(now.boot);
    take_event({.source = EventSource::kernel_log,
                .meaning = *meaning,
                .endpoint = endpoint,
                .seen = now.boot,
                .delay = std::chrono::duration_cast<std::chrono::microseconds>(since),
                .says = message.text});
  }
}

}  // namespace forkmend::daemon
