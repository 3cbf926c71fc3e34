// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/service.hpp"

#include <unistd.h>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "daemon/control_server.hpp"
#include "daemon/instance_status.hpp"
#include "daemon/service_manager.hpp"
#include "daemon/task_group.hpp"
#include "engine/escalation.hpp"
#include "engine/pause.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;

namespace {

std::vector<std::string> lines_as_strings(const std::string& text) {
  std::vector<std::string> lines;
  for (const std::string_view line : lines_of(text)) lines.emplace_back(line);
  return lines;
}

/// What is read at the start alone.
std::vector<std::string> not_applied(const AgentOptions& before, const AgentOptions& now) {
  std::vector<std::string> says;
  const auto restart = [&](bool same, const std::string& key) {
    if (!same) says.push_back(key + " is another one: it holds from the next start of the agent");
  };
  const auto& old_control = before.settings.control;
  const auto& new_control = now.settings.control;
  restart(old_control.socket == new_control.socket, "control.socket");
  restart(old_control.mode == new_control.mode, "control.mode");
  restart(before.settings.metrics.listen == now.settings.metrics.listen, "metrics.listen");
  restart(before.settings.notify == now.settings.notify, "notify");
  return says;
}

}  // namespace

/// Everything around the loop, on the loop's own thread. What it waits for are tasks: one whose
/// timer is due at the moment of its end does not begin anew.
class Service : public std::enable_shared_from_this<Service> {
 public:
  Service(const asio::any_io_executor& executor, ServiceOptions options)
      : options_(std::move(options)),
        manager_(service_environment().notify_socket),
        tasks_(executor),
        agent_(std::make_shared<AgentOptions>(std::move(options_.agent))) {
    if (!agent_->state) agent_->state = std::make_shared<AgentState>();
    describe();
    about_.pid = getpid();
    about_.version = options_.version;
    about_.started = read_clock().wall;
    // Whoever asks has another working directory.
    std::error_code ignored;
    about_.state_dir = std::filesystem::absolute(agent_->state_dir, ignored).string();
  }

  void start(const asio::any_io_executor& executor) {
    open_socket(executor);
    tasks_.spawn("waiting for SIGHUP", await_hang_ups());
    tasks_.spawn("waiting for the end", await_end());
    if (const auto every = watchdog_interval(service_environment(), getpid())) {
      tasks_.spawn("feeding the watchdog", feed(*every));
    }
    told_ = status_text();
    manager_.ready(told_);
    tasks_.spawn("telling the service manager", tell_changes());
  }

  asio::awaitable<void> stop() {
    manager_.stopping();
    if (server_) server_->stop();
    server_.reset();
    tasks_.cancel_all();
    co_await tasks_.join();
  }

  /// What the loop is given: it fills the state, and finds what a reload has read in its place.
  [[nodiscard]] std::shared_ptr<AgentOptions> agent_options() const { return agent_; }

 private:
  void open_socket(const asio::any_io_executor& executor) {
    if (options_.control_socket.empty()) return;
    ControlHooks hooks;
    const auto self = shared_from_this();  // a ring until stop() cuts it
    hooks.status = [self] { return self->status(); };
    hooks.reload = [self] { return self->reload(); };
    hooks.notice = [self](const std::string& says) { return self->notice(says); };
    auto server = ControlServer::open(executor, options_.control_socket,
                                      static_cast<mode_t>(options_.control_mode), std::move(hooks));
    if (server) {
      server_ = std::move(*server);
      server_->start();
    } else {
      log::write(log::Level::error, {}, server.error().message + "; the agent runs without it");
    }
  }

  asio::awaitable<void> await_hang_ups() {
    asio::signal_set hang_up(co_await asio::this_coro::executor, SIGHUP);
    while (true) {
      co_await hang_up.async_wait(asio::use_awaitable);
      static_cast<void>(reload());
    }
  }

  /// The loop ends by itself, which may take a while.
  asio::awaitable<void> await_end() {
    asio::signal_set end(co_await asio::this_coro::executor, SIGTERM, SIGINT);
    co_await end.async_wait(asio::use_awaitable);
    manager_.stopping();
  }

  /// From the loop's own thread: when that hangs, nothing is said and systemd acts.
  asio::awaitable<void> feed(std::chrono::microseconds every) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (true) {
      timer.expires_after(every);
      co_await timer.async_wait(asio::use_awaitable);
      manager_.watchdog();
    }
  }

  /// The service manager hears of what changes, and of nothing else.
  asio::awaitable<void> tell_changes() {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (true) {
      timer.expires_after(options_.tell_every);
      co_await timer.async_wait(asio::use_awaitable);
      std::string text = status_text();
      if (text != told_) manager_.status(text);
      told_ = std::move(text);
    }
  }

  void describe() {
    about_.mode = to_string(agent_->policy.mode);
    about_.policy = agent_->policy.source;
    about_.settings = agent_->settings.sources;
    about_.interval = agent_->interval;
  }

  [[nodiscard]] AgentStatus seen_now() const {
    AgentStatus status = about_;
    status.instances = instance_statuses(*agent_->state, read_clock().wall);
    return status;
  }

  [[nodiscard]] std::string status_text() const {
    const bool kept = about_.reload && !about_.reload->applied;
    return summary(*agent_->state, about_.mode) +
           (kept ? "; the last reload failed, what held before holds on" : "");
  }

  [[nodiscard]] AgentStatus status() const {
    AgentStatus status = seen_now();
    const AgentOptions& agent = *agent_;
    const Now now = read_clock();
    status.gates = engine::standing_gates(agent.state_dir, now);
    const auto history = engine::recorded_incidents(agent.state_dir);
    for (auto& gate : engine::check_gates(agent.policy, history, "", "", now, {})) {
      status.gates.push_back(std::move(gate));
    }
    return status;
  }

  ControlReply reload() {
    manager_.reloading();
    auto read = options_.reload();
    ReloadStatus outcome{.at = read_clock().wall, .applied = read.has_value(), .says = {}};
    if (read) {
      outcome.says = not_applied(*agent_, *read);
      apply_reload(*agent_, *read);
      describe();
    } else {
      outcome.says = lines_as_strings(read.error().message);
    }
    return tell(std::move(outcome));
  }

  ControlReply tell(ReloadStatus outcome) {
    const auto level = outcome.applied ? log::Level::warning : log::Level::error;
    log::write(level, {},
               outcome.applied ? "reloaded: " + summary(*agent_->state, about_.mode)
                               : "reload: nothing was applied, what held before holds on");
    for (const auto& line : outcome.says) log::write(level, {}, "reload: " + line);
    ControlReply reply;
    reply.code = outcome.applied ? ControlCode::ok : ControlCode::rejected;
    reply.says = outcome.says;
    about_.reload = std::move(outcome);
    manager_.ready(status_text());
    return reply;
  }

  /// The files in the state directory are what counts; this says whether they are ours.
  ControlReply notice(const std::string& /*says*/) {
    ControlReply reply;
    reply.status = status();
    return reply;
  }

  ServiceOptions options_;
  ServiceManager manager_;
  TaskGroup tasks_;  ///< cancelled at the end
  std::shared_ptr<AgentOptions> agent_;
  AgentStatus about_;  ///< what is said of the agent as a whole; without its servers
  std::string told_;   ///< to the service manager
  std::shared_ptr<ControlServer> server_;
};

asio::awaitable<void> run_service(host::Root root, ServiceOptions options) {
  const auto executor = co_await asio::this_coro::executor;
  TellerOptions teller = options.teller;
  const auto service = std::make_shared<Service>(executor, std::move(options));
  service->start(executor);
  auto agent = service->agent_options();
  std::exception_ptr thrown;
  try {
    co_await run_agent_and_tell(std::move(root), std::move(agent), std::move(teller));
  } catch (...) {
    thrown = std::current_exception();
  }
  co_await service->stop();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace forkmend::daemon
