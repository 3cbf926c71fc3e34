// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What holds on this host whether an agent runs or not: the stop file, the pause, the breaker. All
// of it is read from the state directory, so that it works while nothing else does. Agents have no
// socket to be asked on yet: that none answers is the exit code.
#include <boost/json/array.hpp>
#include <memory>
#include <string>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/fix_cases.hpp"
#include "cli/request.hpp"
#include "engine/escalation.hpp"
#include "engine/pause.hpp"
#include "engine/rails.hpp"

namespace forkmend::cli {

namespace json = boost::json;

namespace {

struct StatusOptions {
  std::string reason;
  std::string length;
  std::string incident;
  std::string comment;
};

ExitCode failed(const Error& error, ExitCode code) {
  print_error(error.message);
  return code;
}

/// One sentence, or the same in a document.
ExitCode said(Session& session, const std::string& sentence) {
  if (session.options.json) {
    auto out = document("status");
    out["says"] = printable(sentence);
    print_json(out);
  } else {
    session.terminal.line(printable(sentence));
  }
  return ExitCode::ok;
}

ExitCode pause(Session& session, const StatusOptions& options) {
  engine::Pause pause{
      .since = read_clock().wall, .until = {}, .reason = options.reason, .actor = actor("pause")};
  if (!options.length.empty()) {
    const auto length = parse_duration(options.length);
    if (!length) return failed(length.error().during("reading --for"), ExitCode::usage);
    if (length->count() <= 0) {
      return failed({Errc::invalid, "--for " + printable(options.length) + ": more than nothing"},
                    ExitCode::usage);
    }
    pause.until = pause.since + *length;
  }
  const auto written = engine::write_pause(session_state_dir(session), pause);
  if (!written) return failed(written.error(), ExitCode::blocked);
  return said(session, "Paused" +
                           (pause.until ? " until " + format_time(*pause.until)
                                        : std::string(" until forkmend status resume")) +
                           ": nothing is changed on this host, and what is going on is undone.");
}

ExitCode resume(Session& session) {
  const auto removed = engine::remove_pause(session_state_dir(session));
  if (!removed) return failed(removed.error(), ExitCode::blocked);
  return said(session, *removed ? "Resumed." : "It was not paused.");
}

ExitCode acknowledge(Session& session, const StatusOptions& options) {
  const std::string state_dir = session_state_dir(session);
  const auto known = engine::Journal::open_read_only(state_dir);
  if (!known) return failed(known.error(), ExitCode::usage);
  const auto journal = engine::Journal::open(state_dir);
  if (!journal) return failed(journal.error(), ExitCode::blocked);
  const engine::Acknowledgement acknowledgement{
      .at = read_clock().wall, .actor = actor("ack"), .comment = options.comment};
  const auto done = (*journal)->acknowledge(options.incident, acknowledgement);
  if (!done) return failed(done.error(), ExitCode::usage);
  return said(session, "Acknowledged " + options.incident +
                           ": it and the incidents before it keep the breaker open no more.");
}

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

ExitCode show(Session& session) {
  const auto policy = session_policy(session);
  if (!policy) return failed(policy.error(), ExitCode::usage);
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
    session.terminal.line("No agent answers; this holds for fix, and for an agent that runs.");
  }
  return ExitCode::unreachable;
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
    selected.run = [options](Session& session) { return pause(session, *options); };
  });
  CLI::App* resuming = command.add_subcommand("resume", "end the pause");
  resuming->footer(
      "Examples:\n"
      "  forkmend status resume\n"
      "  forkmend --state /var/lib/forkmend status resume\n");
  resuming->callback(
      [&selected] { selected.run = [](Session& session) { return resume(session); }; });
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
    selected.run = [options](Session& session) { return acknowledge(session, *options); };
  });
}

}  // namespace

void add_status(CLI::App& app, Selected& selected) {
  CLI::App* command = app.add_subcommand("status", "what keeps forkmend from acting on this host");
  command->require_subcommand(0, 1);
  command->footer(
      "Examples:\n"
      "  forkmend status\n"
      "  forkmend status pause --for 2h --reason \"memory is being added\"\n"
      "Exit: 3 no agent answers; of pause, resume and ack: 0 done, 2 no such incident, 11 it "
      "cannot be written\n");
  command->callback([&selected, command] {
    if (!command->get_subcommands().empty()) return;
    selected.run = [](Session& session) { return show(session); };
  });
  add_pause(*command, selected);
  add_ack(*command, selected);
}

}  // namespace forkmend::cli
