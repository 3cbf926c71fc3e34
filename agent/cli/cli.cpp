// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "cli/cli.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <string>

#include "base/log.hpp"
#include "cli/command.hpp"
#include "cli/version.hpp"
#include "engine/bundle.hpp"

namespace forkmend::cli {

namespace {

void add_global_options(CLI::App& app, GlobalOptions& options) {
  app.add_option(
         "-i,--instance", options.instances,
         "server to look at: redis://, rediss:// or unix:// URL (repeatable; default: every "
         "server found on this host)")
      ->allow_extra_args(false);
  app.add_option("-c,--config", options.config, "configuration file");
  app.add_option("--policy", options.policy, "policy file (default: the built-in policy)");
  app.add_option("--state", options.state_dir, "directory of the journal");
  app.add_option("--bundle", options.bundle,
                 "answer from a captured bundle instead of this host; read-only");
  app.add_flag("--json", options.json, "one JSON document instead of text");
  app.add_flag("--no-color", options.no_color, "plain text (NO_COLOR works too)");
  app.add_flag("--askpass", options.ask_password, "ask for the servers' password on the terminal");
  app.add_flag("-v,--verbose", options.verbosity, "more detail; twice for debugging");
}

void add_commands(CLI::App& app, Selected& selected) {
  add_fix(app, selected);
  add_diagnose(app, selected);
  add_forecast(app, selected);
  add_audit(app, selected);
  add_rollback(app, selected);
  add_history(app, selected);
  add_status(app, selected);
  add_agent(app, selected);
  add_policy(app, selected);
  add_remedies(app, selected);
  add_facts(app, selected);
  add_capture(app, selected);
}

/// CLI11 has codes of its own for usage errors; ours is 2 for all of them, 0 for help.
int usage_exit(const CLI::App& app, const CLI::ParseError& error) {
  return app.exit(error) == 0 ? to_int(ExitCode::ok) : to_int(ExitCode::usage);
}

int run_selected(const GlobalOptions& options, const Selected& selected) {
  log::set_level(options.verbosity > 1   ? log::Level::debug
                 : options.verbosity > 0 ? log::Level::info
                                         : log::Level::warning);
  Terminal terminal(options.no_color ? Colour::never : Colour::when_terminal);
  Session session{options, host::Root(), terminal};
  if (options.bundle.empty()) return to_int(selected.run(session));
  if (!selected.reads_bundle) {
    print_error(
        "--bundle: this command works on the running host only; a bundle answers diagnose, audit, "
        "forecast, facts, policy explain and fix --dry-run");
    return to_int(ExitCode::usage);
  }
  const auto bundle = engine::read_bundle(options.bundle);
  if (!bundle) {
    print_error(bundle.error().message);
    return to_int(ExitCode::usage);
  }
  session.root = bundle->root;
  session.bundle = &*bundle;
  return to_int(selected.run(session));
}

/// Passwords of servers are in our memory. A limit of one byte, unlike none, also keeps the kernel
/// from starting the program of kernel.core_pattern (do_coredump(), fs/coredump.c). Root is not
/// dumpable at all; for a user that would close its own files in /proc.
void leave_no_core() {
  if (geteuid() == 0) prctl(PR_SET_DUMPABLE, 0);
  rlimit limit{};
  if (getrlimit(RLIMIT_CORE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 1);
  // Where it is refused there is nothing else to be done.
  static_cast<void>(setrlimit(RLIMIT_CORE, &limit));
}

int parse_and_run(int argc, char** argv) {
  leave_no_core();
  GlobalOptions options;
  Selected selected;
  CLI::App app;
  add_command_line(app, options, selected);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return usage_exit(app, error);
  }
  return run_selected(options, selected);
}

}  // namespace

void add_command_line(CLI::App& app, GlobalOptions& options, Selected& selected) {
  app.name("forkmend");
  app.description(
      "Mends Redis servers whose saves fail: finds out why, applies the least invasive fix "
      "that is enough, proves it with a save, and can undo it.");
  app.set_version_flag("--version", version_text());
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(
      "Examples:\n"
      "  forkmend fix --dry-run        what is wrong on this host and what would be done\n"
      "  forkmend fix                  the same, then ask, mend and prove it\n");
  add_global_options(app, options);
  add_commands(app, selected);
}

int run(int argc, char** argv) try {
  return parse_and_run(argc, argv);
} catch (const std::exception& error) {
  print_error(error.what());
  return to_int(ExitCode::usage);
}

}  // namespace forkmend::cli
