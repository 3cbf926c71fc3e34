// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <memory>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/report.hpp"
#include "cli/request.hpp"
#include "cli/version.hpp"
#include "engine/bundle.hpp"
#include "engine/plan.hpp"
#include "engine/report_json.hpp"

namespace forkmend::cli {

namespace {

/// What a plan would read beside: who owns a setting, what is in the way. Read for a failing server
/// only, as fix --dry-run does.
void read_for_plan(const Session& session, const engine::ObservedInstance& instance,
                   const policy::Policy& policy) {
  if (!instance.diagnosis.failing) return;
  static_cast<void>(engine::make_plan({.instance = instance.endpoint,
                                       .facts = instance.observation.facts,
                                       .diagnosis = instance.diagnosis,
                                       .forecast = instance.observation.forecast,
                                       .policy = policy,
                                       .root = session.root,
                                       .allowed = Risk::lossy}));
}

std::vector<redis::Credentials> secrets_of(const Session& session,
                                           const std::vector<engine::ServerLook>& targets) {
  std::vector<redis::Credentials> secrets;
  if (const auto request = target_request(session)) {
    secrets.push_back(request->credentials);
    for (const auto& named : request->named) secrets.push_back(named.credentials);
  }
  for (const auto& target : targets) {
    if (target.instance) secrets.push_back(target.instance->connection.credentials);
  }
  return secrets;
}

void show(Session& session, const std::string& directory,
          const engine::BundleDescription& description,
          const std::vector<const engine::ObservedInstance*>& instances) {
  if (!session.options.json) {
    session.terminal.line("Captured " + std::to_string(instances.size()) + " servers into " +
                          printable(directory) + ".");
    session.terminal.line(
        "Passwords, key names and client addresses are left out; look through it "
        "before you send it.");
    session.terminal.line("Read it: forkmend diagnose --bundle " + shell_quote(directory));
    return;
  }
  auto out = document(session, "capture");
  out["directory"] = printable(directory);
  for (std::size_t i = 0; i < instances.size(); ++i) {
    auto shown = engine::instance_json(*instances[i]);
    shown["bundle_name"] = description.instances[i].name;
    out["instances"].as_array().emplace_back(std::move(shown));
  }
  print_json(out);
}

boost::asio::awaitable<ExitCode> capture(Session session, std::string directory) {
  const auto policy = session_policy(session);
  if (!policy) {
    print_error(policy.error().message);
    co_return ExitCode::usage;
  }
  const auto recording = std::make_shared<host::Recording>();
  session.root = session.root.recorded_by(recording);
  const Look seen = co_await look(session);
  if (seen.leave) co_return *seen.leave;
  static_cast<void>(engine::observe_host(session.root));
  std::vector<const engine::ObservedInstance*> instances;
  ExitCode code = ExitCode::ok;
  for (const auto& target : seen.targets) {
    if (!target.instance) {
      code = ExitCode::unreachable;
      continue;
    }
    if (target.instance->locality.local) read_for_plan(session, *target.instance, *policy);
    instances.push_back(&*target.instance);
  }
  const auto written = engine::write_bundle({.directory = directory,
                                             .root = session.root,
                                             .version = std::string(kVersion),
                                             .secrets = secrets_of(session, seen.targets)},
                                            *recording, instances);
  if (!written) {
    print_error(written.error().message);
    co_return ExitCode::usage;
  }
  show(session, directory, *written, instances);
  co_return code;
}

}  // namespace

void add_capture(CLI::App& app, Selected& selected) {
  CLI::App* command = app.add_subcommand("capture", "write what a diagnosis reads to a bundle");
  auto directory = std::make_shared<std::string>();
  command->add_option("DIR", *directory, "a new or empty directory")->required();
  command->footer(
      "Examples:\n"
      "  forkmend capture /tmp/bundle\n"
      "  forkmend capture /tmp/bundle -i redis://127.0.0.1:6379 && forkmend diagnose --bundle "
      "/tmp/bundle\n"
      "Exit: 0 written, 2 nothing written, 3 written, but a server could not be reached\n");
  command->callback([&selected, directory] {
    selected.run = [directory](Session& session) {
      return run_to_end(capture(session, *directory));
    };
  });
}

}  // namespace forkmend::cli
