// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <functional>
#include <memory>
#include <random>
#include <string>

#include "base/log.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/request.hpp"
#include "cli/version.hpp"
#include "daemon/service.hpp"

namespace forkmend::cli {

namespace {

struct AgentCommand {
  bool once = false;
  std::string mode;
  std::string interval;
};

/// --interval, else the configuration's.
Result<std::chrono::milliseconds> poll_interval(const settings::Settings& settings,
                                                const AgentCommand& command) {
  if (command.interval.empty()) return settings.poll.interval;
  auto interval = parse_duration(command.interval);
  if (!interval) return interval.error().during("reading --interval");
  if (*interval >= std::chrono::milliseconds(100)) return interval;
  return Error{Errc::invalid, "--interval " + printable(command.interval) + ": at least 100ms"};
}

Result<daemon::AgentOptions> agent_options(const Session& session, const AgentCommand& command) {
  auto settings = session_settings(session);
  if (!settings) return settings.error();
  auto policy = session_policy(session);
  if (!policy) return policy.error();
  auto targets = target_request(session, Unreadable::fail);
  if (!targets) return targets.error();
  const auto interval = poll_interval(*settings, command);
  if (!interval) return interval.error();
  daemon::AgentOptions options;
  options.policy = std::move(*policy);
  options.targets = std::move(*targets);
  options.settings = std::move(*settings);
  options.settings.instances = {};  // they are among the targets, and may be thousands
  options.state_dir = session_state_dir(session);
  options.interval = *interval;
  options.stop_requested = stop_requested;
  if (command.mode == "observe") options.policy.mode = policy::Mode::observe;
  if (command.mode == "dry-run") options.policy.mode = policy::Mode::dry_run;
  if (command.mode == "heal") options.policy.mode = policy::Mode::heal;
  return options;
}

/// Everything anew but the password that a person typed: nobody is asked in the middle of the
/// night.
std::function<Result<daemon::AgentOptions>()> reader_for(const Session& session,
                                                         const AgentCommand& command,
                                                         const redis::Credentials& typed) {
  auto quiet = std::make_shared<GlobalOptions>(session.options);
  quiet->ask_password = false;
  return [quiet, root = session.root, terminal = &session.terminal, command, typed] {
    auto options = agent_options(Session{*quiet, root, *terminal}, command);
    if (options) options->targets.credentials = typed;
    return options;
  };
}

notify::NotifierType type_of(settings::NotifyType type) {
  switch (type) {
    case settings::NotifyType::alertmanager:
      return notify::NotifierType::alertmanager;
    case settings::NotifyType::webhook:
      return notify::NotifierType::webhook;
    case settings::NotifyType::email:
      return notify::NotifierType::email;
    case settings::NotifyType::command:
      return notify::NotifierType::command;
  }
  return notify::NotifierType::webhook;
}

notify::NotifierOptions notifier_of(const settings::NotifySettings& one) {
  notify::NotifierOptions options;
  options.type = type_of(one.type);
  options.url = one.url;
  options.argv = one.command;
  options.from = one.from;
  for (const std::string_view address : split(one.to, ',')) {
    if (!trim(address).empty()) options.to.emplace_back(trim(address));
  }
  return options;
}

daemon::TellerOptions teller_of(const settings::Settings& settings) {
  daemon::TellerOptions teller;
  teller.version = kVersion;
  teller.listen = settings.metrics.listen;
  teller.schedule.seed = std::random_device{}();
  teller.notify.reserve(settings.notify.size());
  for (const auto& one : settings.notify) teller.notify.push_back(notifier_of(one));
  return teller;
}

boost::asio::awaitable<ExitCode> serve(Session session, AgentCommand command,
                                       daemon::AgentOptions agent) {
  daemon::ServiceOptions service;
  service.version = kVersion;
  service.control_socket = control_socket_of(session, agent.settings);
  service.control_mode = agent.settings.control.mode;
  service.teller = teller_of(agent.settings);
  service.reload = reader_for(session, command, agent.targets.credentials);
  service.agent = std::move(agent);
  co_await daemon::run_service(session.root, std::move(service));
  co_return ExitCode::ok;
}

boost::asio::awaitable<ExitCode> agent(Session session, AgentCommand command) {
  auto options = agent_options(session, command);
  if (!options) {
    print_error(options.error().message);
    co_return ExitCode::usage;
  }
  log::write(log::Level::info, {}, "mode " + std::string(to_string(options->policy.mode)));
  if (!command.once) {
    co_return co_await serve(session, command, std::move(*options));
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
  command->add_option("--interval", options->interval,
                      "between two polls of a server; default: the configuration's, else 1s");
  command->footer(
      "Examples:\n"
      "  forkmend agent --once\n"
      "  forkmend agent --mode heal --policy /etc/forkmend/policies/mine.toml\n"
      "SIGHUP, or forkmend status reload: configuration and policy are read again\n"
      "Exit of --once: 0 nothing failing or all healed, 1 some are not healed, 3 some could "
      "not be reached\n");
  command->callback([&selected, options] {
    selected.run = [options](Session& session) { return run_to_end(agent(session, *options)); };
  });
}

}  // namespace forkmend::cli
