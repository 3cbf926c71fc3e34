// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/big_keys.hpp"
#include "cli/command.hpp"
#include "cli/report.hpp"
#include "cli/request.hpp"
#include "engine/report_json.hpp"

namespace forkmend::cli {

namespace {

/// 0 nothing failing, 1 a cause is proven or likely, 2 only possible or unknown.
ExitCode verdict_of(const std::vector<engine::ServerLook>& targets) {
  ExitCode code = ExitCode::ok;
  for (const auto& target : targets) {
    if (!target.instance || !target.instance->diagnosis.failing) continue;
    const auto& causes = target.instance->diagnosis.causes;
    const bool known = std::ranges::any_of(causes, [](const auto& cause) {
      return cause.confidence != diagnosis::Confidence::possible;
    });
    if (!known) return ExitCode::usage;
    code = ExitCode::audit_warning;
  }
  return code;
}

/// What is asked beside the diagnosis.
struct Extra {
  bool big_keys = false;
  bool key_names = false;
  std::string time = "5s";
};

/// Of each server that was asked, by endpoint.
using KeysOfServers = std::map<std::string, redis::BigKeys>;

/// A server that does not let itself be asked is told, and no reason to say nothing of its saves.
boost::asio::awaitable<KeysOfServers> ask_all(const std::vector<engine::ServerLook>* targets,
                                              redis::BigKeyBudget budget) {
  KeysOfServers all;
  for (const auto& target : *targets) {
    if (!target.instance) continue;
    auto found = co_await ask_big_keys(*target.instance, budget);
    if (found) {
      all.emplace(target.endpoint, std::move(*found));
    } else {
      print_error(printable(target.endpoint) + ": " + found.error().message);
    }
  }
  co_return all;
}

KeyNames names_of(const Extra& extra) {
  return extra.key_names ? KeyNames::shown : KeyNames::hidden;
}

void show(Session& session, const std::vector<engine::ServerLook>& targets,
          const KeysOfServers& keys, KeyNames names) {
  bool first = true;
  for (const auto& target : targets) {
    if (!target.instance) continue;
    if (!first) session.terminal.line();
    first = false;
    show_diagnosis(session.terminal, *target.instance, Detail::evidence);
    const auto found = keys.find(target.endpoint);
    if (found != keys.end()) show_big_keys(session.terminal, found->second, names);
    if (target.instance->diagnosis.failing) {
      session.terminal.line();
      const std::string from =
          session.bundle != nullptr ? "--bundle " + shell_quote(session.options.bundle) + " " : "";
      session.terminal.line("What would be done: forkmend fix --dry-run " + from + "-i " +
                            printable(target.endpoint));
    }
  }
}

void print(const Session& session, const std::vector<engine::ServerLook>& targets,
           const KeysOfServers& keys, KeyNames names) {
  auto out = document(session, "diagnose");
  for (const auto& target : targets) {
    if (!target.instance) continue;
    auto shown = engine::instance_json(*target.instance);
    const auto found = keys.find(target.endpoint);
    if (found != keys.end()) shown["big_keys"] = big_keys_json(found->second, names);
    out["instances"].as_array().emplace_back(std::move(shown));
  }
  print_json(out);
}

/// Errors: no duration, or out of range; a bundle, which has no keys.
Result<redis::BigKeyBudget> budget_of(const Session& session, const Extra& extra) {
  constexpr std::chrono::minutes kLongest{10};
  redis::BigKeyBudget budget;
  const auto time = parse_duration(extra.time);
  if (!time) return time.error().during("reading --big-keys-time");
  if (time->count() <= 0 || *time > kLongest) {
    return Error{Errc::invalid, "--big-keys-time " + printable(extra.time) + ": above 0, at most " +
                                    format_duration(kLongest)};
  }
  budget.time = std::chrono::duration_cast<std::chrono::milliseconds>(*time);
  if (extra.key_names && !extra.big_keys) {
    return Error{Errc::invalid, "--key-names: only with --big-keys"};
  }
  if (extra.big_keys && session.bundle != nullptr) {
    return Error{Errc::invalid, "--big-keys: a bundle has no keys; ask the server itself"};
  }
  return budget;
}

boost::asio::awaitable<ExitCode> diagnose(Session session, Extra extra) {
  const auto budget = budget_of(session, extra);
  if (!budget) {
    print_error(budget.error().message);
    co_return ExitCode::usage;
  }
  const Look seen = co_await look(session);
  if (seen.leave) co_return *seen.leave;
  KeysOfServers keys;
  if (extra.big_keys) keys = co_await ask_all(&seen.targets, *budget);
  if (session.options.json) {
    print(session, seen.targets, keys, names_of(extra));
  } else {
    show(session, seen.targets, keys, names_of(extra));
    if (seen.targets.empty()) session.terminal.line("No server runs on this host.");
  }
  const bool unreachable = std::ranges::any_of(
      seen.targets, [](const auto& target) { return target.failure.has_value(); });
  const ExitCode verdict = verdict_of(seen.targets);
  co_return verdict == ExitCode::ok&& unreachable ? ExitCode::unreachable : verdict;
}

}  // namespace

void add_diagnose(CLI::App& app, Selected& selected) {
  CLI::App* command = app.add_subcommand("diagnose", "why saves fail, with the evidence");
  auto extra = std::make_shared<Extra>();
  command->add_flag("--big-keys", extra->big_keys,
                    "look for the largest keys too: SCAN and MEMORY USAGE, at a fifth of the time");
  command->add_option("--big-keys-time", extra->time, "how long to look for them (5s)");
  command->add_flag("--key-names", extra->key_names, "show the names of the largest keys");
  command->footer(
      "Examples:\n"
      "  forkmend diagnose\n"
      "  forkmend diagnose -i unix:///run/redis/redis.sock --json\n"
      "  forkmend diagnose --big-keys --key-names\n"
      "Exit: 0 nothing failing, 1 cause proven or likely, 2 only possible or unknown, "
      "3 a server cannot be reached\n");
  command->callback([&selected, extra] {
    selected.reads_bundle = true;
    selected.run = [extra](Session& session) { return run_to_end(diagnose(session, *extra)); };
  });
}

}  // namespace forkmend::cli
