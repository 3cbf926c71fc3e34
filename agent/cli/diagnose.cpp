// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <vector>

#include "base/text.hpp"
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

void show(Session& session, const std::vector<engine::ServerLook>& targets) {
  bool first = true;
  for (const auto& target : targets) {
    if (!target.instance) continue;
    if (!first) session.terminal.line();
    first = false;
    show_diagnosis(session.terminal, *target.instance, Detail::evidence);
    if (target.instance->diagnosis.failing) {
      session.terminal.line();
      const std::string from =
          session.bundle != nullptr ? "--bundle " + shell_quote(session.options.bundle) + " " : "";
      session.terminal.line("What would be done: forkmend fix --dry-run " + from + "-i " +
                            printable(target.endpoint));
    }
  }
}

boost::asio::awaitable<ExitCode> diagnose(Session session) {
  const Look seen = co_await look(session);
  if (seen.leave) co_return *seen.leave;
  if (session.options.json) {
    auto out = document(session, "diagnose");
    for (const auto& target : seen.targets) {
      if (target.instance) {
        out["instances"].as_array().emplace_back(engine::instance_json(*target.instance));
      }
    }
    print_json(out);
  } else {
    show(session, seen.targets);
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
  command->footer(
      "Examples:\n"
      "  forkmend diagnose\n"
      "  forkmend diagnose -i unix:///run/redis/redis.sock --json\n"
      "Exit: 0 nothing failing, 1 cause proven or likely, 2 only possible or unknown, "
      "3 a server cannot be reached\n");
  command->callback([&selected] {
    selected.reads_bundle = true;
    selected.run = [](Session& session) { return run_to_end(diagnose(session)); };
  });
}

}  // namespace forkmend::cli
