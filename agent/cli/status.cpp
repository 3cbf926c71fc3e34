// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What the running agent sees. Without one, what holds on this host all the same (the stop file,
// the pause, the breaker), read from the state directory, so that it works while nothing else does.
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/array.hpp>
#include <csignal>
#include <memory>
#include <string>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/request.hpp"
#include "cli/status_actions.hpp"
#include "cli/status_output.hpp"
#include "engine/escalation.hpp"
#include "engine/pause.hpp"
#include "engine/rails.hpp"

namespace forkmend::cli {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::chrono::seconds kRedraw{1};

json::object to_json(const engine::GateResult& gate) {
  return {{"gate", gate.gate},
          {"because", printable(gate.because)},
          {"override", gate.override_name},
          {"pass", printable(gate.pass)}};
}

/// The breaker is the one gate of the rails that stands for the whole host.
std::vector<engine::GateResult> host_gates(const Session& session, const policy::Policy& policy) {
  const std::string state_dir = session_state_dir(session);
  const Now now = read_clock();
  auto gates = engine::standing_gates(state_dir, now);
  for (auto& gate :
       engine::check_gates(policy, engine::recorded_incidents(state_dir), "", "", now, {})) {
    gates.push_back(std::move(gate));
  }
  return gates;
}

/// Nobody answers: what holds on this host is read from the state directory.
ExitCode show_without_agent(Session& session) {
  const auto policy = session_policy(session);
  if (!policy) {
    print_error(policy.error().message);
    return ExitCode::usage;
  }
  const auto gates = host_gates(session, *policy);
  if (session.options.json) {
    auto out = document("status");
    json::array all;
    for (const auto& gate : gates) all.emplace_back(to_json(gate));
    out["gates"] = std::move(all);
    out["mode"] = std::string(to_string(policy->mode));
    print_json(out);
  } else {
    for (const auto& gate : gates) {
      session.terminal.field("Gate", gate.gate + ": " + printable(gate.because));
      session.terminal.item("to go on: " + printable(gate.pass));
    }
    if (gates.empty()) session.terminal.line("Nothing keeps forkmend from mending this host.");
    session.terminal.line(
        "No agent answers; this holds for fix, and for an agent that is started.");
  }
  return ExitCode::unreachable;
}

void print_status(Session& session, const daemon::AgentStatus& status) {
  if (!session.options.json) {
    show_status(session.terminal, status, read_clock().wall);
    return;
  }
  auto out = document("status");
  json::array gates;
  for (const auto& gate : status.gates) gates.emplace_back(to_json(gate));
  out["gates"] = std::move(gates);
  out["mode"] = status.mode;
  out["agent"] = daemon::to_json(status);
  print_json(out);
}

ExitCode show_status(Session& session) {
  const auto reply =
      ask_running_agent(session, {.command = daemon::ControlCommand::status, .says = {}});
  if (reply && reply->status) {
    print_status(session, *reply->status);
    return ExitCode::ok;
  }
  if (!reply && reply.error().code == Errc::not_found) return show_without_agent(session);
  print_error(reply ? join(reply->says, "; ") : reply.error().message);
  return ExitCode::unreachable;
}

/// Redrawn until a signal; an agent that is started again in between is found again.
asio::awaitable<ExitCode> watch(Session session) {
  const auto executor = co_await asio::this_coro::executor;
  asio::signal_set signals(executor, SIGINT, SIGTERM);
  asio::steady_timer timer(executor);
  bool ended = false;
  signals.async_wait([&](const boost::system::error_code& cancelled, int /*signal*/) {
    if (cancelled) return;
    ended = true;
    timer.cancel();
  });
  while (!ended) {
    session.terminal.clear();
    static_cast<void>(show_status(session));
    timer.expires_after(kRedraw);
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return ExitCode::ok;
}

void add_pause(CLI::App& command, Selected& selected) {
  auto options = std::make_shared<StatusOptions>();
  CLI::App* pausing = command.add_subcommand("pause", "change nothing for a while");
  pausing->add_option("--for", options->length, "how long, such as 2h; default: until resumed");
  pausing->add_option("--reason", options->reason, "shown to whoever wonders")->required();
  pausing->footer(
      "Examples:\n"
      "  forkmend status pause --for 2h --reason \"memory is being added\"\n"
      "  forkmend status pause --reason \"under investigation\"\n");
  pausing->callback([&selected, options] {
    selected.run = [options](Session& session) { return pause_host(session, *options); };
  });
  CLI::App* resuming = command.add_subcommand("resume", "end the pause");
  resuming->footer(
      "Examples:\n"
      "  forkmend status resume\n"
      "  forkmend --state /var/lib/forkmend status resume\n");
  resuming->callback(
      [&selected] { selected.run = [](Session& session) { return resume_host(session); }; });
}

void add_ack(CLI::App& command, Selected& selected) {
  auto options = std::make_shared<StatusOptions>();
  CLI::App* acking =
      command.add_subcommand("ack", "a person has looked: this and earlier incidents");
  acking->add_option("INCIDENT", options->incident, "its id (forkmend history)")->required();
  acking->add_option("--comment", options->comment, "what it was; kept with the incident")
      ->required();
  acking->footer(
      "Examples:\n"
      "  forkmend status ack i-20261125T030405-7f3a --comment \"the batch job, moved to 4:00\"\n"
      "  forkmend history show i-20261125T030405-7f3a\n");
  acking->callback([&selected, options] {
    selected.run = [options](Session& session) { return acknowledge_incident(session, *options); };
  });
}

void add_reload(CLI::App& command, Selected& selected) {
  CLI::App* reloading = command.add_subcommand(
      "reload", "make the agent read its configuration and policy again; a bad one is not applied");
  reloading->footer(
      "Examples:\n"
      "  forkmend status reload\n"
      "  forkmend policy check /etc/forkmend/forkmend.toml && forkmend status reload\n");
  reloading->callback(
      [&selected] { selected.run = [](Session& session) { return reload_agent(session); }; });
}

}  // namespace

void add_status(CLI::App& app, Selected& selected) {
  CLI::App* command =
      app.add_subcommand("status", "what the running agent sees, and what keeps it from acting");
  auto watching = std::make_shared<bool>(false);
  command->add_flag("--watch", *watching, "draw it anew each second, until Ctrl-C");
  command->require_subcommand(0, 1);
  command->footer(
      "Examples:\n"
      "  forkmend status\n"
      "  forkmend status --watch\n"
      "Exit: 0, 3 no agent answers; of pause, resume and ack: 0 done, 2 no such incident, 11 it "
      "cannot be written; of reload: 0 applied, 2 a file is wrong and nothing was applied, 3 no "
      "agent, 4 not allowed\n");
  command->callback([&selected, command, watching] {
    if (!command->get_subcommands().empty()) return;
    selected.run = [watching](Session& session) {
      return *watching ? run_to_end(watch(session)) : show_status(session);
    };
  });
  add_pause(*command, selected);
  add_ack(*command, selected);
  add_reload(*command, selected);
}

}  // namespace forkmend::cli
