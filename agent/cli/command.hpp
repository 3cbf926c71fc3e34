// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <CLI/CLI.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/exit_code.hpp"
#include "cli/terminal.hpp"
#include "host/root.hpp"

namespace forkmend::engine {
struct Bundle;
}

namespace forkmend::cli {

/// What stands before or after any command.
struct GlobalOptions {
  std::vector<std::string> instances;
  std::string config;
  std::string policy;
  std::string state_dir;
  std::string bundle;
  bool json = false;
  bool no_color = false;
  bool ask_password = false;
  int verbosity = 0;
};

/// What a running command has at hand.
struct Session {
  const GlobalOptions& options;
  host::Root root;
  Terminal& terminal;
  const engine::Bundle* bundle = nullptr;  ///< answers come from it instead of this host
};

/// Filled by the parsed subcommand: what is to run.
struct Selected {
  std::function<ExitCode(Session&)> run;
  bool reads_bundle = false;  ///< only looks, so that a bundle can stand in for the host
};

/// The whole command line on an empty app; the man pages and completions are made from it, too.
/// What `options` and `selected` are bound to has to outlive the app.
void add_command_line(CLI::App& app, GlobalOptions& options, Selected& selected);

/// One per command file: adds the subcommand, its options and its two examples.
void add_agent(CLI::App& app, Selected& selected);
void add_audit(CLI::App& app, Selected& selected);
void add_capture(CLI::App& app, Selected& selected);
void add_diagnose(CLI::App& app, Selected& selected);
void add_facts(CLI::App& app, Selected& selected);
void add_fix(CLI::App& app, Selected& selected);
void add_forecast(CLI::App& app, Selected& selected);
void add_history(CLI::App& app, Selected& selected);
void add_policy(CLI::App& app, Selected& selected);
void add_remedies(CLI::App& app, Selected& selected);
void add_rollback(CLI::App& app, Selected& selected);
void add_status(CLI::App& app, Selected& selected);

/// The head that every JSON document has: schema, command, version, host.
[[nodiscard]] boost::json::object document(std::string_view command);
/// The same; host and time are those of the bundle, where there is one.
[[nodiscard]] boost::json::object document(const Session& session, std::string_view command);

/// One document on stdout, with a line end.
void print_json(const boost::json::object& document);

/// An error for a person on stderr: "forkmend: ...".
void print_error(std::string_view text);

/// Runs one coroutine to its end on an io_context of its own. SIGINT and SIGTERM do not end it:
/// they make stop_requested() true, and whatever is being applied is undone first.
[[nodiscard]] ExitCode run_to_end(boost::asio::awaitable<ExitCode> work);

/// A signal asked us to stop, or the stop file is there.
[[nodiscard]] bool stop_requested();

}  // namespace forkmend::cli
