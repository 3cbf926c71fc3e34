// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/teller.hpp"

#include <sys/utsname.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/log.hpp"
#include "engine/escalation.hpp"
#include "engine/pause.hpp"
#include "engine/rails.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;

namespace {

/// How often a port that is in use is tried again.
constexpr std::chrono::seconds kListenAgain{30};

std::string this_host() {
  utsname name{};
  uname(&name);
  return static_cast<const char*>(name.nodename);
}

void log_problem(const std::string& line) {
  log::write(log::Level::warning, {}, "notify: " + line);
}

}  // namespace

Teller::Teller(const asio::any_io_executor& executor, host::Root root, TellerOptions options,
               std::shared_ptr<AgentOptions> agent)
    : executor_(executor),
      root_(std::move(root)),
      options_(std::move(options)),
      agent_(std::move(agent)),
      host_name_(this_host()),
      again_(executor),
      recovery_(executor) {}

Result<std::shared_ptr<Teller>> Teller::open(const asio::any_io_executor& executor, host::Root root,
                                             TellerOptions options,
                                             std::shared_ptr<AgentOptions> agent) {
  std::shared_ptr<Teller> teller(
      new Teller(executor, std::move(root), std::move(options), std::move(agent)));
  const auto address = metrics::parse_listen(teller->options_.listen);
  if (!address) return address.error();
  teller->address_ = *address;
  auto notifier =
      notify::Notifier::open(executor, teller->agent_->state_dir, teller->options_.notify,
                             teller->options_.schedule, log_problem);
  if (!notifier) return notifier.error();
  teller->notifier_ = std::move(*notifier);
  for (const auto& message : teller->notifier_->firing()) teller->told_.remember(message);
  if (!teller->agent_->state) teller->agent_->state = std::make_shared<AgentState>();
  teller->agent_->on_incident = [weak = std::weak_ptr<Teller>(teller)](const IncidentNews& news) {
    if (const auto alive = weak.lock()) alive->on_incident(news);
  };
  return teller;
}

void Teller::count(const IncidentNews& news) {
  counters_.incident(news.state);
  for (const auto& [remedy, outcome] : news.tried) counters_.remedy(remedy, outcome);
  if (news.verification) counters_.verification(*news.verification);
  // An incident is told when it is opened and when it ends: its failures count once.
  auto& counted = counted_[news.endpoint];
  if (news.failures.empty() || counted == news.opened) return;
  counted = news.opened;
  counters_.noticed(std::string(to_string(news.source)));
  for (const FailureState& failure : news.failures) {
    counters_.failure(news.endpoint, failure.kind, news.cause);
  }
}

void Teller::on_incident(const IncidentNews& news) {
  count(news);
  if (news.state == "diagnosing") return;  // in a moment more is known than that something fails
  const auto message = message_of(news, host_name_, read_clock().wall);
  if (!told_.is_news(message)) return;
  notifier_->send(message);
  recovery_.cancel();
}

/// Nobody tells when saves work again by themselves: it is seen by what the agent knows.
asio::awaitable<void> Teller::tell_recoveries() {
  while (!closed_) {
    recovery_.expires_at(told_.any_open()
                             ? std::chrono::steady_clock::now() + options_.recovery_check
                             : asio::steady_timer::time_point::max());
    co_await recovery_.async_wait(asio::as_tuple(asio::use_awaitable));
    for (const auto& message : told_.recovered(*agent_->state, read_clock().wall)) {
      told_.remember(message);
      counters_.incident("recovered");
      notifier_->send(message);
    }
  }
}

/// What keeps forkmend from changes, as `forkmend status` says it.
void Teller::show_gates(metrics::AgentState& shown) const {
  const Now now = read_clock();
  shown.paused = !engine::standing_gates(agent_->state_dir, now).empty();
  const auto history = engine::recorded_incidents(agent_->state_dir);
  for (const auto& gate : engine::check_gates(agent_->policy, history, "", "", now, {})) {
    if (gate.gate == "breaker") shown.breaker_open = true;
  }
}

void Teller::show_ledger(metrics::AgentState& shown) const {
  for (const engine::LedgerEntry& entry : engine::recorded_ledger(agent_->state_dir)) {
    if (!engine::is_demoted(entry)) continue;
    shown.demoted.push_back({entry.remedy, entry.cause, engine::fruitless(entry)});
  }
}

void Teller::show_notifications(metrics::AgentState& shown) {
  for (const notify::OutletCounts& one : notifier_->counts()) {
    counters_.set_notifications(one.notifier, "sent", one.sent);
    counters_.set_notifications(one.notifier, "retried", one.retried);
    counters_.set_notifications(one.notifier, "refused", one.refused);
    counters_.set_notifications(one.notifier, "expired", one.expired);
    counters_.set_notifications(one.notifier, "dropped", one.dropped);
    counters_.set_notifications(one.notifier, "damaged", one.damaged);
    shown.queued_messages[one.notifier] = one.waiting;
  }
}

std::string Teller::page() {
  metrics::AgentState shown = metrics_view(*agent_->state);
  shown.version = options_.version;
  shown.mode = to_string(agent_->policy.mode);
  show_gates(shown);
  show_ledger(shown);
  show_notifications(shown);
  shown.cost = metrics::read_process_cost(root_);
  return metrics::render(shown, counters_, read_clock().wall);
}

std::uint16_t Teller::port() const {
  return server_ ? server_->port() : std::uint16_t{0};
}

/// Errors are told once; the port is tried again, as the agent before us may just be ending.
asio::awaitable<void> Teller::serve_metrics() {
  bool told = false;
  while (!closed_ && address_.kind != metrics::ListenAddress::Kind::off) {
    auto opened =
        metrics::HttpServer::open(executor_, address_, [this] { return page(); }, options_.limits);
    if (opened) {
      server_ = std::move(*opened);
      co_await server_->run();
      co_return;
    }
    if (!std::exchange(told, true)) {
      log::write(log::Level::error, {},
                 opened.error().message + "; the agent watches without metrics and tries again");
    }
    again_.expires_after(kListenAgain);
    co_await again_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

asio::awaitable<void> Teller::run() {
  using asio::experimental::awaitable_operators::operator&&;
  co_await (serve_metrics() && notifier_->run() && tell_recoveries());
}

void Teller::close() {
  closed_ = true;
  again_.cancel();
  recovery_.cancel();
  if (server_) server_->close();
  notifier_->close();
}

namespace {

asio::awaitable<void> watch_and_close(host::Root root, std::shared_ptr<AgentOptions> agent,
                                      std::shared_ptr<Teller> teller) {
  co_await run_agent(std::move(root), std::move(agent));
  teller->close();
}

}  // namespace

asio::awaitable<void> run_agent_and_tell(host::Root root, std::shared_ptr<AgentOptions> agent,
                                         TellerOptions options) {
  using asio::experimental::awaitable_operators::operator&&;
  const auto executor = co_await asio::this_coro::executor;
  auto teller = Teller::open(executor, root, std::move(options), agent);
  if (!teller) {
    log::write(log::Level::error, {}, teller.error().message + "; the agent watches without it");
    co_await run_agent(std::move(root), std::move(agent));
    co_return;
  }
  const std::shared_ptr<Teller> told = std::move(*teller);
  co_await (watch_and_close(std::move(root), std::move(agent), told) && told->run());
  told->close();
}

}  // namespace forkmend::daemon
