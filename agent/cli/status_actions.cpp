// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What a person tells forkmend of this host. It is written to the state directory, so that it holds
// for fix, too, and works while nothing else does; an agent that runs is told, and says so.
#include "cli/status_actions.hpp"

#include <boost/json/array.hpp>
#include <filesystem>
#include <system_error>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/control_client.hpp"
#include "cli/fix_cases.hpp"
#include "cli/request.hpp"
#include "engine/pause.hpp"
#include "settings/control.hpp"

namespace forkmend::cli {

namespace json = boost::json;

namespace {

ExitCode status_failed(const Error& error, ExitCode code) {
  print_error(error.message);
  return code;
}

/// Whether the running agent has seen what was just written; empty: there is none.
std::string told(Session& session, const std::string& sentence) {
  const daemon::ControlRequest notice{.command = daemon::ControlCommand::notice, .says = sentence};
  const auto reply = ask_running_agent(session, notice);
  if (!reply && reply.error().code == Errc::not_found) return {};
  if (!reply) return " The agent was not told: " + reply.error().message + ".";
  if (reply->code != daemon::ControlCode::ok || !reply->status) {
    return " The agent was not told: " + join(reply->says, "; ") + ".";
  }
  const std::string agent = "the agent (pid " + std::to_string(reply->status->pid) + ")";
  std::error_code ignored;
  if (std::filesystem::equivalent(reply->status->state_dir, session_state_dir(session), ignored)) {
    return " Seen by " + agent + ".";
  }
  return " NOT for " + agent + ", which keeps its state in " + reply->status->state_dir +
         ": use --state.";
}

/// One sentence, or the same in a document.
ExitCode said(Session& session, std::string sentence) {
  sentence += told(session, sentence);
  if (session.options.json) {
    auto out = document("status");
    out["says"] = printable(sentence);
    print_json(out);
  } else {
    session.terminal.line(printable(sentence));
  }
  return ExitCode::ok;
}

/// What can be had of a configuration that somebody is editing.
settings::Settings broken(const Session& session) {
  const std::string& named = session.options.config;
  settings::Settings settings;
  settings.control =
      settings::load_control(named.empty() ? std::string(settings::kDefaultFile) : named);
  return settings;
}

}  // namespace

Result<daemon::ControlReply> ask_running_agent(const Session& session,
                                               const daemon::ControlRequest& request) {
  const auto settings = session_settings(session);
  auto reply =
      ask_agent(control_socket_of(session, settings ? *settings : broken(session)), request);
  // A reload says it itself.
  const bool said = reply && request.command == daemon::ControlCommand::reload;
  if (!settings && !said) print_error(settings.error().message);
  return reply;
}

ExitCode reload_agent(Session& session) {
  const auto reply =
      ask_running_agent(session, {.command = daemon::ControlCommand::reload, .says = {}});
  if (!reply) {
    return status_failed(reply.error(), ExitCode::unreachable);
  }
  if (session.options.json) {
    auto out = document("status");
    out["applied"] = reply->code == daemon::ControlCode::ok;
    json::array problems;
    for (const auto& line : reply->says) problems.emplace_back(printable(line, 2000));
    out["problems"] = std::move(problems);
    print_json(out);
  } else if (reply->code == daemon::ControlCode::ok) {
    session.terminal.line("Reloaded.");
    for (const auto& line : reply->says) session.terminal.item(printable(line));
  } else {
    print_error("not reloaded, what held before holds on:");
    for (const auto& line : reply->says) print_error(line);
  }
  switch (reply->code) {
    case daemon::ControlCode::ok:
      return ExitCode::ok;
    case daemon::ControlCode::denied:
      return ExitCode::no_privilege;
    case daemon::ControlCode::busy:
      return ExitCode::unreachable;
    case daemon::ControlCode::invalid:
    case daemon::ControlCode::rejected:
      return ExitCode::usage;
  }
  return ExitCode::usage;
}

ExitCode pause_host(Session& session, const StatusOptions& options) {
  engine::Pause pause{
      .since = read_clock().wall, .until = {}, .reason = options.reason, .actor = actor("pause")};
  if (!options.length.empty()) {
    const auto length = parse_duration(options.length);
    if (!length) return status_failed(length.error().during("reading --for"), ExitCode::usage);
    if (length->count() <= 0) {
      return status_failed(
          {Errc::invalid, "--for " + printable(options.length) + ": more than nothing"},
          ExitCode::usage);
    }
    pause.until = pause.since + *length;
  }
  const auto written = engine::write_pause(session_state_dir(session), pause);
  if (!written) return status_failed(written.error(), ExitCode::blocked);
  return said(session, "Paused" +
                           (pause.until ? " until " + format_time(*pause.until)
                                        : std::string(" until forkmend status resume")) +
                           ": nothing is changed on this host, and what is going on is undone.");
}

ExitCode resume_host(Session& session) {
  const auto removed = engine::remove_pause(session_state_dir(session));
  if (!removed) return status_failed(removed.error(), ExitCode::blocked);
  return said(session, *removed ? "Resumed." : "It was not paused.");
}

ExitCode acknowledge_incident(Session& session, const StatusOptions& options) {
  const std::string state_dir = session_state_dir(session);
  const auto known = engine::Journal::open_read_only(state_dir);
  if (!known) return status_failed(known.error(), ExitCode::usage);
  const auto journal = engine::Journal::open(state_dir);
  if (!journal) return status_failed(journal.error(), ExitCode::blocked);
  const engine::Acknowledgement acknowledgement{
      .at = read_clock().wall, .actor = actor("ack"), .comment = options.comment};
  const auto done = (*journal)->acknowledge(options.incident, acknowledgement);
  if (!done) return status_failed(done.error(), ExitCode::usage);
  return said(session, "Acknowledged " + options.incident +
                           ": it and the incidents before it keep the breaker open no more.");
}

}  // namespace forkmend::cli
