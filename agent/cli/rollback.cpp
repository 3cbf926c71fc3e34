// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <boost/json/array.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/request.hpp"
#include "engine/dry_run_actuator.hpp"
#include "engine/heal.hpp"
#include "engine/host_lock.hpp"
#include "engine/leases.hpp"
#include "engine/live_actuator.hpp"
#include "engine/pause.hpp"
#include "engine/report_json.hpp"
#include "engine/rollback.hpp"
#include "engine/unfinished.hpp"

namespace forkmend::cli {

namespace json = boost::json;

namespace {

struct RollbackCommand {
  std::string selector;
  bool all = false;
  bool dry_run = false;
};

std::string_view result_word(engine::ChangeState state) {
  switch (state) {
    case engine::ChangeState::undone:
      return "undone";
    case engine::ChangeState::released:
      return "left";
    default:
      return "NOT UNDONE";
  }
}

void show_item(Terminal& terminal, const engine::RollbackItem& item) {
  const bool good = item.result == engine::ChangeState::undone;
  const std::string word(result_word(item.result));
  terminal.line((good ? terminal.good(word) : terminal.bad(word)) + "  " + item.change.step.remedy +
                ": " + printable(to_string(item.change.step.target)) +
                (item.says.empty() ? "" : "  (" + printable(item.says) + ")"));
  if (!good) terminal.line("  by hand: " + item.change.step.undo_shell);
}

ExitCode report(Session& session, const std::vector<engine::RollbackItem>& items) {
  bool some_left = false;
  json::array all;
  for (const auto& item : items) {
    some_left = some_left || item.result != engine::ChangeState::undone;
    auto shown = engine::to_json(item.change);
    shown["state"] = std::string(to_string(item.result));
    shown["comment"] = printable(item.says);
    all.emplace_back(std::move(shown));
    if (!session.options.json) show_item(session.terminal, item);
  }
  if (session.options.json) {
    auto out = document("rollback");
    out["changes"] = std::move(all);
    print_json(out);
  } else if (items.empty()) {
    session.terminal.line("Nothing to undo: no change of ours is in force.");
  }
  return some_left ? ExitCode::audit_warning : ExitCode::ok;
}

/// The same decisions, said and not carried out.
ExitCode show_preview(Session& session, const std::vector<engine::RollbackItem>& items) {
  json::array all;
  for (const auto& item : items) {
    const auto& step = item.change.step;
    auto shown = engine::to_json(item.change);
    shown["state"] = std::string(to_string(item.result));
    shown["comment"] = printable(item.says);
    all.emplace_back(std::move(shown));
    if (session.options.json) continue;
    const bool undone = item.result == engine::ChangeState::undone;
    session.terminal.line(std::string(undone ? "would undo   " : "would leave  ") + step.remedy +
                          ": " + printable(to_string(step.target)) + "  (" + printable(item.says) +
                          ")");
    if (undone) session.terminal.line("  $ " + step.undo_shell);
  }
  if (session.options.json) {
    auto out = document("rollback");
    out["changes"] = std::move(all);
    print_json(out);
  } else if (items.empty()) {
    session.terminal.line("Nothing to undo: no change of ours is in force.");
  }
  return ExitCode::ok;
}

boost::asio::awaitable<ExitCode> preview(Session session, engine::ConnectionLookup lookup,
                                         RollbackCommand options) {
  const auto journal = engine::Journal::open_read_only(session_state_dir(session));
  if (!journal) {
    print_error(journal.error().message);
    co_return ExitCode::usage;
  }
  engine::LiveActuator live(session.root, std::move(lookup));
  engine::DryRunActuator actuator(&live);
  // Named: gcc 12 destroys a braced temporary twice in a co_await expression.
  engine::RollbackOptions selected{.selector = options.selector, .all = options.all};
  const auto items =
      co_await engine::rollback_preview(journal->get(), &actuator, std::move(selected));
  if (!items) {
    print_error(items.error().message);
    co_return ExitCode::usage;
  }
  co_return show_preview(session, *items);
}

boost::asio::awaitable<ExitCode> roll_back(Session session, RollbackCommand options) {
  if (options.selector.empty() && !options.all) {
    print_error(
        "say what to undo: an incident (i-...), a change's number, or --all; forkmend history "
        "lists them");
    co_return ExitCode::usage;
  }
  const std::string state_dir = session_state_dir(session);
  auto request = target_request(session);
  if (!request) {
    print_error(request.error().message);
    co_return ExitCode::usage;
  }
  if (options.dry_run)
    co_return co_await preview(session, engine::lookup_for(session.root, *request), options);
  auto lock = engine::HostLock::acquire(engine::host_lock_path(state_dir));
  auto journal = lock ? engine::Journal::open(state_dir) : lock.error();
  if (!journal) {
    print_error(journal.error().message);
    co_return ExitCode::blocked;
  }
  engine::LiveActuator actuator(session.root, engine::lookup_for(session.root, *request));
  auto connections = engine::lookup_for(session.root, *request);
  if (engine::standing_gates(state_dir, read_clock()).empty()) {
    const auto ended = co_await engine::end_leases(journal->get(), &actuator,
                                                   std::move(connections), read_clock().wall);
    if (!ended) {
      print_error(ended.error().message);
      co_return ExitCode::blocked;
    }
    engine::log_ended(*ended);
  }
  engine::RollbackOptions selected{.selector = options.selector, .all = options.all};
  const auto items = co_await engine::rollback(journal->get(), &actuator, std::move(selected));
  if (!items) {
    print_error(items.error().message);
    co_return ExitCode::usage;
  }
  if (options.all) {
    // Incidents of a forkmend that was killed and of which nothing is in force.
    const auto finished = co_await engine::finish_unfinished(
        journal->get(), &actuator, engine::lookup_for(session.root, *request), read_clock().wall);
    if (!finished) print_error(finished.error().message);
  }
  co_return report(session, *items);
}

}  // namespace

void add_rollback(CLI::App& app, Selected& selected) {
  CLI::App* command =
      app.add_subcommand("rollback", "undo what forkmend changed, where it is still ours");
  auto options = std::make_shared<RollbackCommand>();
  command->add_option("WHAT", options->selector, "an incident (i-...) or a change's number");
  command->add_flag("--all", options->all, "everything that is still in force");
  command->add_flag("--dry-run", options->dry_run, "show what would be undone; change nothing");
  command->footer(
      "Examples:\n"
      "  forkmend rollback i-20261125T030405-7f3a\n"
      "  forkmend rollback --all --dry-run\n"
      "Exit: 0 undone, 1 some were left and why\n");
  command->callback([&selected, options] {
    selected.run = [options](Session& session) { return run_to_end(roll_back(session, *options)); };
  });
}

}  // namespace forkmend::cli
