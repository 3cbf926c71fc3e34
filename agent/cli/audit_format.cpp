// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "cli/audit_format.hpp"

#include <boost/json/array.hpp>
#include <map>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "cli/report.hpp"
#include "engine/bundle.hpp"
#include "engine/report_json.hpp"
#include "metrics/families.hpp"

namespace forkmend::cli {

namespace json = boost::json;

namespace {

using diagnosis::Finding;
using diagnosis::Severity;

int rank(Severity severity) {
  switch (severity) {
    case Severity::ok:
      return 0;
    case Severity::warning:
      return 1;
    case Severity::unknown:
      return 2;
    case Severity::critical:
      return 3;
  }
  return 2;
}

std::string subject_name(const AuditSubject& subject) {
  return subject.endpoint.empty() ? "host" : subject.endpoint;
}

std::string upper(std::string_view word) {
  std::string out(word);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::string severity_word(Terminal& terminal, Severity severity) {
  const std::string word = upper(to_string(severity));
  if (severity == Severity::ok) return terminal.good(word);
  return severity == Severity::warning ? terminal.bold(word) : terminal.bad(word);
}

std::string text_word(Terminal& terminal, const Finding& finding) {
  return finding.waived.empty() ? severity_word(terminal, finding.severity)
                                : terminal.dim("WAIVED");
}

/// What is wrong, with all that is known of it; what is well in one line, unless -v asks for it.
void print_findings(Session& session, const std::vector<Finding>& findings) {
  Terminal& terminal = session.terminal;
  std::vector<std::string> well;
  for (const Finding& finding : findings) {
    if (finding.severity == Severity::ok && session.options.verbosity == 0) {
      well.push_back(finding.id);
      continue;
    }
    terminal.field(text_word(terminal, finding), finding.id + ": " + printable(finding.says));
    const auto more = [&](std::string_view label, const std::string& text) {
      if (!text.empty()) terminal.line("           " + std::string(label) + printable(text));
    };
    more("fix: ", finding.fix);
    more("next boot: ", finding.persisted);
    more("policy: ", finding.policy);
    more("waived: ", finding.waived);
  }
  if (!well.empty()) {
    terminal.field(severity_word(terminal, Severity::ok),
                   std::to_string(well.size()) + " checks: " + join(well, ", "));
  }
}

void print_text(Session& session, const std::vector<AuditSubject>& subjects) {
  Terminal& terminal = session.terminal;
  bool first = true;
  for (const AuditSubject& subject : subjects) {
    if (!first) terminal.line();
    first = false;
    terminal.line(
        terminal.bold(printable(subject.title.empty() ? subject.endpoint : subject.title)));
    print_findings(session, subject.findings);
  }
}

json::array findings_json(const std::vector<Finding>& findings) {
  json::array all;
  for (const Finding& finding : findings) {
    json::object shown{{"id", finding.id},
                       {"severity", std::string(to_string(finding.severity))},
                       {"says", printable(finding.says)},
                       {"fix", printable(finding.fix)}};
    shown["group"] = finding.group;
    if (!finding.live.empty()) shown["live"] = printable(finding.live);
    if (!finding.persisted.empty()) shown["persisted"] = printable(finding.persisted);
    if (!finding.policy.empty()) shown["policy"] = printable(finding.policy);
    if (!finding.waived.empty()) shown["waived"] = printable(finding.waived);
    all.push_back(std::move(shown));
  }
  return all;
}

void print_as_json(const Session& session, const std::vector<AuditSubject>& subjects,
                   Severity worst) {
  auto out = document(session, "audit");
  out["severity"] = std::string(to_string(worst));
  for (const AuditSubject& subject : subjects) {
    if (subject.endpoint.empty()) {
      out["findings"] = findings_json(subject.findings);
      continue;
    }
    auto shown = subject.instance != nullptr ? engine::instance_json(*subject.instance)
                                             : json::object{{"endpoint", subject.endpoint}};
    shown["findings"] = findings_json(subject.findings);
    out["instances"].as_array().emplace_back(std::move(shown));
  }
  print_json(out);
}

/// "FORKMEND CRITICAL: 1 critical, 2 warnings: ... | critical=1 ..."; '|' would begin perfdata.
void print_nagios(Session& session, const std::vector<AuditSubject>& subjects, Severity worst) {
  std::map<int, int> counts;
  std::string worst_says;
  for (const AuditSubject& subject : subjects) {
    for (const Finding& finding : subject.findings) {
      ++counts[rank(finding.counted())];
      if (worst_says.empty() && worst != Severity::ok && finding.counted() == worst) {
        worst_says =
            ": " + subject_name(subject) + " " + finding.id + ": " + printable(finding.says, 160);
      }
    }
  }
  for (char& c : worst_says) {
    if (c == '|') c = '/';
  }
  session.terminal.line(
      "FORKMEND " + upper(to_string(worst)) + ": " + std::to_string(counts[3]) + " critical, " +
      std::to_string(counts[1]) + " warnings, " + std::to_string(counts[2]) + " unknown, " +
      std::to_string(counts[0]) + " ok" + worst_says + " | critical=" + std::to_string(counts[3]) +
      " warning=" + std::to_string(counts[1]) + " unknown=" + std::to_string(counts[2]) +
      " ok=" + std::to_string(counts[0]));
}

/// 0 ok, 1 warning, 2 critical, 3 unknown: the exit codes.
int gauge(Severity severity) {
  constexpr int kByRank[] = {0, 1, 3, 2};
  return kByRank[rank(severity)];
}

void print_prometheus(Session& session, const std::vector<AuditSubject>& subjects) {
  metrics::Exposition out;
  out.begin(metrics::kAuditFinding);
  for (const AuditSubject& subject : subjects) {
    for (const Finding& finding : subject.findings) {
      out.sample({{"subject", subject_name(subject)}, {"id", finding.id}},
                 gauge(finding.counted()));
    }
  }
  const WallTime at =
      session.bundle != nullptr ? session.bundle->description.captured_at : read_clock().wall;
  out.begin(metrics::kAuditTime);
  out.sample({}, std::chrono::duration<double>(at.time_since_epoch()).count());
  std::string text = out.take();
  text.pop_back();  // the line end, which line() adds
  session.terminal.line(text);
}

std::string xml(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

void print_junit(Session& session, const std::vector<AuditSubject>& subjects) {
  session.terminal.line("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
  session.terminal.line("<testsuites name=\"forkmend audit\">");
  for (const AuditSubject& subject : subjects) {
    const auto failures = std::ranges::count_if(
        subject.findings, [](const Finding& one) { return one.counted() != Severity::ok; });
    session.terminal.line("  <testsuite name=\"" + xml(subject_name(subject)) + "\" tests=\"" +
                          std::to_string(subject.findings.size()) + "\" failures=\"" +
                          std::to_string(failures) + "\">");
    for (const Finding& finding : subject.findings) {
      const std::string head = "    <testcase classname=\"" + xml(subject_name(subject)) +
                               "\" name=\"" + xml(finding.id) + "\"";
      if (finding.counted() == Severity::ok) {
        session.terminal.line(head + "/>");
        continue;
      }
      session.terminal.line(head + "><failure type=\"" + std::string(to_string(finding.severity)) +
                            "\" message=\"" + xml(finding.says) + "\">" + xml(finding.fix) +
                            "</failure></testcase>");
    }
    session.terminal.line("  </testsuite>");
  }
  session.terminal.line("</testsuites>");
}

}  // namespace

void print_audit(Session& session, const std::string& format,
                 const std::vector<AuditSubject>& subjects, Severity worst) {
  if (format == "json") return print_as_json(session, subjects, worst);
  if (format == "nagios") return print_nagios(session, subjects, worst);
  if (format == "prometheus") return print_prometheus(session, subjects);
  if (format == "junit") return print_junit(session, subjects);
  print_text(session, subjects);
}

}  // namespace forkmend::cli
