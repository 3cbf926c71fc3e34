// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <memory>
#include <random>
#include <string>

#include "base/log.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/request.hpp"
#include "cli/version.hpp"
#include "daemon/agent.hpp"
#include "daemon/teller.hpp"

namespace forkmend::cli {

namespace {

struct AgentCommand {
  bool once = false;
  std::string mode;
  std::string interval = "1s";
};

Result<daemon::AgentOptions> agent_options(const Session& session, const AgentCommand& command) {
  auto policy = session_policy(session);
  if (!policy) return policy.error();
  auto targets = target_request(session);
  if (!targets) return targets.error();
  auto interval = parse_duration(command.interval);
  if (!interval) return interval.error().during("reading --interval");
  if (*interval < std::chrono::milliseconds(100)) {
    return Error{Errc::invalid, "--interval " + printable(command.interval) + ": at least 100ms"};
  }
  daemon::AgentOptions options;
  options.policy = std::move(*policy);
  options.targets = std::move(*targets);
  options.state_dir = session_state_dir(session);
  options.interval = *interval;
  options.stop_requested = stop_requested;
  if (command.mode == "observe") options.policy.mode = policy::Mode::observe;
  if (command.mode == "dry-run") options.policy.mode = policy::Mode::dry_run;
  if (command.mode == "heal") options.policy.mode = policy::Mode::heal;
  return options;
}

boost::asio::awaitable<ExitCode> agent(Session session, AgentCommand command) {
  auto options = agent_options(session, command);
  if (!options) {
    print_error(options.error().message);
    co_return ExitCode::usage;
  }
  log::write(log::Level::info, {}, "mode " + std::string(to_string(options->policy.mode)));
  if (!command.once) {
    daemon::TellerOptions teller;
    teller.version = kVersion;
    teller.listen = "127.0.0.1:9911";
    teller.schedule.seed = std::random_device{}();
    co_await daemon::run_agent_and_tell(session.root,
                                        std::make_shared<daemon::AgentOptions>(std::move(*options)),
                                        std::move(teller));
    co_return ExitCode::ok;
  }
  const auto report = co_await daemon::run_once(session.root, std::move(*options));
  if (session.options.json) {
    auto out = document("agent");
    out["pass"] = {{"servers", report.servers},
                   {"failing", report.failing},
                   {"healed", report.healed},
                   {"unhealed", report.unhealed},
                   {"unreachable", report.unreachable}};
    print_json(out);
  } else {
    session.terminal.line(std::to_string(report.servers) + " servers, " +
                          std::to_string(report.failing) + " failing, " +
                          std::to_string(report.healed) + " healed, " +
                          std::to_string(report.unreachable) + " not reached");
  }
  if (report.unhealed > 0) co_return ExitCode::audit_warning;
  co_return report.unreachable > 0 ? ExitCode::unreachable : ExitCode::ok;
}

}  // namespace

void add_agent(CLI::App& app, Selected& selected) {
  CLI::App* command =
      app.add_subcommand("agent", "watch every server and act as the policy's mode says");
  auto options = std::make_shared<AgentCommand>();
  command->add_flag("--once", options->once, "one pass over every server, then end");
  command->add_option("--mode", options->mode, "instead of the policy's: observe, dry-run or heal")
      ->check(CLI::IsMember({"observe", "dry-run", "heal"}));
  command->add_option("--interval", options->interval, "between two polls of a server");
  command->footer(
      "Examples:\n"
      "  forkmend agent --once\n"
      "  forkmend agent --mode heal --policy /etc/forkmend/policies/mine.toml\n"
      "Exit of --once: 0 nothing failing or all healed, 1 some are not healed, 3 some could "
      "not be reached\n");
  command->callback([&selected, options] {
    selected.run = [options](Session& session) { return run_to_end(agent(session, *options)); };
  });
}

}  // namespace forkmend::cli
