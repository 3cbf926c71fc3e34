// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "cli/audit_format.hpp"
#include "cli/command.hpp"
#include "cli/report.hpp"
#include "cli/request.hpp"
#include "engine/audit_policy.hpp"
#include "engine/observe.hpp"

namespace forkmend::cli {

namespace {

using diagnosis::Severity;

ExitCode exit_of(Severity severity) {
  switch (severity) {
    case Severity::ok:
      return ExitCode::ok;
    case Severity::warning:
      return ExitCode::audit_warning;
    case Severity::critical:
      return ExitCode::usage;  // 2, as monitoring systems count
    case Severity::unknown:
      return ExitCode::unreachable;  // 3
  }
  return ExitCode::unreachable;
}

AuditSubject audit_target(const engine::ServerLook& target) {
  AuditSubject subject;
  subject.endpoint = target.endpoint;
  if (!target.instance) {
    subject.findings.push_back({"reachable", Severity::unknown,
                                target.failure ? target.failure->message : "not reached",
                                "check that the server runs and answers on " + target.endpoint});
    return subject;
  }
  subject.title = headline(*target.instance);
  subject.instance = &*target.instance;
  const auto& observation = target.instance->observation;
  subject.findings = diagnosis::audit_instance(observation.facts, target.instance->diagnosis,
                                               observation.forecast);
  std::ranges::move(diagnosis::audit_causes(observation, target.instance->diagnosis),
                    std::back_inserter(subject.findings));
  return subject;
}

void ask_policy(const policy::Policy& policy, const FactSet& host_facts,
                std::vector<AuditSubject>& subjects) {
  const WallTime now = read_clock().wall;
  std::vector<std::string_view> ids;
  for (AuditSubject& subject : subjects) {
    const FactSet& facts =
        subject.instance != nullptr ? subject.instance->observation.facts : host_facts;
    engine::apply_policy(subject.findings, subject.endpoint, policy, facts, now);
    for (const auto& finding : subject.findings) ids.emplace_back(finding.id);
  }
  std::ranges::move(engine::idle_waivers(policy, ids),
                    std::back_inserter(subjects.front().findings));
}

boost::asio::awaitable<ExitCode> audit(Session session, std::string format) {
  const auto policy = session_policy(session);
  if (!policy) {
    print_error(policy.error().message);
    co_return ExitCode::unreachable;  // 3: the audit itself could not be made
  }
  const Look seen = co_await look(session);
  if (seen.leave) co_return *seen.leave;
  AuditSubject host;
  host.title = "host";
  const FactSet facts = engine::observe_host(session.root);
  host.findings = diagnosis::audit_host(facts);
  std::ranges::move(diagnosis::audit_boot(facts), std::back_inserter(host.findings));
  std::vector<AuditSubject> subjects{std::move(host)};
  std::ranges::transform(seen.targets, std::back_inserter(subjects), audit_target);
  ask_policy(*policy, facts, subjects);
  Severity severity = Severity::ok;
  for (const auto& subject : subjects) {
    severity = graver(severity, diagnosis::worst(subject.findings));
  }
  print_audit(session, session.options.json ? "json" : format, subjects, severity);
  co_return exit_of(severity);
}

}  // namespace

void add_audit(CLI::App& app, Selected& selected) {
  CLI::App* command =
      app.add_subcommand("audit", "everything that can be seen before it bites; read-only");
  auto format = std::make_shared<std::string>("text");
  command->add_option("--format", *format, "text, json, nagios, prometheus or junit")
      ->check(CLI::IsMember({"text", "json", "nagios", "prometheus", "junit"}));
  command->footer(
      "Examples:\n"
      "  forkmend audit\n"
      "  forkmend audit --format nagios\n"
      "Exit: 0 ok, 1 warning, 2 critical, 3 unknown\n");
  command->callback([&selected, format] {
    selected.reads_bundle = true;
    selected.run = [format](Session& session) { return run_to_end(audit(session, *format)); };
  });
}

}  // namespace forkmend::cli
