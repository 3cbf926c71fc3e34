// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/history_remedies.hpp"
#include "cli/request.hpp"
#include "engine/journal.hpp"
#include "engine/leases.hpp"
#include "engine/report_json.hpp"

namespace forkmend::cli {

namespace json = boost::json;

namespace {

using engine::ChangeRecord;
using engine::IncidentRecord;
using engine::Journal;

json::value acknowledged(const IncidentRecord& incident) {
  if (!incident.acknowledged) return nullptr;
  return json::object{{"at", format_time(incident.acknowledged->at)},
                      {"actor", printable(incident.acknowledged->actor)},
                      {"comment", printable(incident.acknowledged->comment)}};
}

json::object to_json(const IncidentRecord& incident) {
  return {{"id", incident.id},
          {"instance", printable(incident.instance)},
          {"cause", incident.cause},
          {"confidence", incident.confidence},
          {"rule", printable(incident.rule)},
          {"plan", incident.plan},
          {"actor", printable(incident.actor)},
          {"state", std::string(to_string(incident.state))},
          {"opened", format_time(incident.opened)},
          {"closed", incident.closed ? json::value(format_time(*incident.closed)) : nullptr},
          {"host_incident", incident.host_incident},
          {"acknowledged", acknowledged(incident)},
          {"own_saves", incident.own_saves}};
}

/// "2h" before now, or a time.
Result<std::optional<WallTime>> since_time(const std::string& text) {
  if (text.empty()) return std::optional<WallTime>();
  if (const auto time = parse_time(text)) return std::optional(*time);
  const auto age = parse_duration(text);
  if (!age) {
    return Error{Errc::invalid, "--since \"" + printable(text) +
                                    "\": expected a duration such as 2h or a time such as "
                                    "2026-11-25T03:04:05Z"};
  }
  return std::optional(WallTime(read_clock().wall - *age));
}

std::string value_text(const std::optional<std::string>& value) {
  return value ? printable(*value, 60) : "(absent)";
}

/// While it is in force: afterwards its comment tells.
std::string lease_text(const ChangeRecord& change) {
  const auto end = engine::lease_end(change);
  if (!end || change.state != engine::ChangeState::applied) return {};
  return "  until " + format_time(*end);
}

void show_change(Terminal& terminal, const ChangeRecord& change) {
  terminal.line("  " + std::to_string(change.id) + "  " + std::string(to_string(change.state)) +
                "  " + change.step.remedy + ": " + printable(to_string(change.step.target)) + "  " +
                value_text(change.step.before) + " -> " + value_text(change.step.after) +
                lease_text(change) +
                (change.comment.empty() ? "" : "  (" + printable(change.comment) + ")"));
}

ExitCode list(Session& session, const Journal& journal, const std::optional<WallTime>& since) {
  const auto incidents = journal.incidents(since);
  if (!incidents) {
    print_error(incidents.error().message);
    return ExitCode::usage;
  }
  if (session.options.json) {
    auto out = document("history");
    json::array all;
    for (const auto& incident : *incidents) all.emplace_back(to_json(incident));
    out["incidents"] = std::move(all);
    print_json(out);
    return ExitCode::ok;
  }
  for (const auto& incident : *incidents) {
    session.terminal.line(session.terminal.bold(incident.id) + "  " + format_time(incident.opened) +
                          "  " + printable(incident.instance) + "  " + incident.cause + "  " +
                          std::string(to_string(incident.state)));
  }
  if (incidents->empty()) session.terminal.line("No incident is recorded.");
  return ExitCode::ok;
}

/// An incident with everything done for it.
struct Story {
  IncidentRecord incident;
  std::vector<ChangeRecord> changes;
  std::vector<engine::IncidentEvent> events;
};

Result<Story> story_of(const Journal& journal, const std::string& id) {
  auto incident = journal.incident(id);
  if (!incident) return incident.error();
  auto changes = journal.changes(id);
  if (!changes) return changes.error();
  auto events = journal.events(id);
  if (!events) return events.error();
  return Story{*std::move(incident), *std::move(changes), *std::move(events)};
}

void print_story(const Story& story) {
  auto out = document("history");
  auto shown = to_json(story.incident);
  json::array changes;
  for (const auto& change : story.changes) changes.emplace_back(engine::to_json(change));
  shown["changes"] = std::move(changes);
  json::array events;
  for (const auto& event : story.events) {
    events.emplace_back(
        json::object{{"at", format_time(event.at)}, {"says", printable(event.text)}});
  }
  shown["events"] = std::move(events);
  boost::system::error_code failure;
  auto report = json::parse(story.incident.report, failure);
  shown["report"] = failure ? json::value(nullptr) : std::move(report);
  out["incidents"] = json::array{std::move(shown)};
  print_json(out);
}

void show_head(Terminal& terminal, const IncidentRecord& incident) {
  terminal.line(terminal.bold(incident.id) + "  " + std::string(to_string(incident.state)));
  terminal.field("Server", printable(incident.instance));
  terminal.field("Cause", incident.cause + " (" + incident.confidence + ")");
  terminal.field("By", printable(incident.actor) + ", plan " + incident.plan + ", rule \"" +
                           printable(incident.rule) + "\"");
  terminal.field("When", format_time(incident.opened) +
                             (incident.closed ? " to " + format_time(*incident.closed) : ""));
  if (!incident.host_incident.empty()) {
    terminal.field("Part of", "the host's incident " + incident.host_incident);
  }
  if (const auto& looked = incident.acknowledged) {
    terminal.field("Seen", format_time(looked->at) + " " + printable(looked->actor) + ": " +
                               printable(looked->comment));
  }
}

ExitCode show(Session& session, const Journal& journal, const std::string& id) {
  const auto story = story_of(journal, id);
  if (!story) {
    print_error(story.error().message);
    return ExitCode::usage;
  }
  if (session.options.json) {
    print_story(*story);
    return ExitCode::ok;
  }
  auto& terminal = session.terminal;
  show_head(terminal, story->incident);
  terminal.line(terminal.bold("Changes"));
  for (const auto& change : story->changes) show_change(terminal, change);
  if (story->changes.empty()) terminal.line("  none");
  terminal.line(terminal.bold("Events"));
  for (const auto& event : story->events) {
    terminal.line("  " + format_time(event.at) + "  " + printable(event.text));
  }
  return ExitCode::ok;
}

struct HistoryOptions {
  std::string since;
  std::string id;
  bool remedies = false;
};

ExitCode history(Session& session, const HistoryOptions& options) {
  if (options.remedies) return history_remedies(session);
  const auto since = since_time(options.since);
  if (!since) {
    print_error(since.error().message);
    return ExitCode::usage;
  }
  const auto journal = Journal::open_read_only(session_state_dir(session));
  if (!journal && journal.error().code == Errc::not_found && options.id.empty()) {
    if (session.options.json) {
      auto out = document("history");
      out["incidents"] = json::array();
      print_json(out);
    } else {
      session.terminal.line("No incident is recorded.");
    }
    return ExitCode::ok;
  }
  if (!journal) {
    print_error(journal.error().message);
    return ExitCode::usage;
  }
  return options.id.empty() ? list(session, **journal, *since)
                            : show(session, **journal, options.id);
}

}  // namespace

void add_history(CLI::App& app, Selected& selected) {
  CLI::App* command = app.add_subcommand("history", "incidents and changes, from the journal");
  auto options = std::make_shared<HistoryOptions>();
  command->add_option("--since", options->since, "only what began after: 2h, 7d or a time");
  CLI::App* one = command->add_subcommand("show", "one incident with everything done");
  one->add_option("ID", options->id, "the incident's id")->required();
  CLI::App* ledger =
      command->add_subcommand("remedies", "what each remedy has come to against each cause");
  ledger->callback([options] { options->remedies = true; });
  ledger->footer(
      "Examples:\n"
      "  forkmend history remedies\n"
      "  forkmend history remedies --json\n"
      "A remedy that never healed a cause for good in three tries goes behind the others of its "
      "rule.\n");
  command->footer(
      "Examples:\n"
      "  forkmend history --since 7d\n"
      "  forkmend history show i-20261125T030405-7f3a\n"
      "  forkmend history remedies\n");
  one->footer(
      "Examples:\n"
      "  forkmend history show i-20261125T030405-7f3a\n"
      "  forkmend history show i-20261125T030405-7f3a --json\n");
  command->callback([&selected, options] {
    selected.run = [options](Session& session) { return history(session, *options); };
  });
}

}  // namespace forkmend::cli
