// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "cli/history_remedies.hpp"

#include <boost/json/array.hpp>
#include <string>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/request.hpp"
#include "engine/journal.hpp"

namespace forkmend::cli {

namespace json = boost::json;

namespace {

Result<engine::Ledger> read_ledger(const std::string& state_dir) {
  const auto journal = engine::Journal::open_read_only(state_dir);
  if (!journal && journal.error().code == Errc::not_found) return engine::Ledger();
  if (!journal) return journal.error();
  return (*journal)->ledger();
}

json::object ledger_json(const engine::LedgerEntry& entry) {
  return {{"remedy", printable(entry.remedy)},
          {"cause", printable(entry.cause)},
          {"healed", entry.healed},
          {"mitigated", entry.mitigated},
          {"failed", entry.failed},
          {"relapsed", entry.relapsed},
          {"last", format_time(entry.last)},
          {"demoted", engine::is_demoted(entry)}};
}

std::string counts_of(const engine::LedgerEntry& entry) {
  return std::to_string(entry.healed) + " healed, " + std::to_string(entry.relapsed) +
         " of them did not last, " + std::to_string(entry.mitigated) + " mitigated, " +
         std::to_string(entry.failed) + " failed, last at " + format_time(entry.last);
}

void show_ledger(Terminal& terminal, const engine::Ledger& ledger) {
  for (const engine::LedgerEntry& entry : ledger) {
    terminal.line(terminal.bold(printable(entry.remedy)) + " against " + printable(entry.cause) +
                  ": " + counts_of(entry));
    if (engine::is_demoted(entry)) {
      terminal.item(terminal.bad("goes behind other remedies") + ": it " +
                    printable(engine::judgement(entry)));
    }
  }
  if (ledger.empty()) terminal.line("No remedy has been tried on this host.");
}

}  // namespace

ExitCode history_remedies(Session& session) {
  const auto ledger = read_ledger(session_state_dir(session));
  if (!ledger) {
    print_error(ledger.error().message);
    return ExitCode::usage;
  }
  if (!session.options.json) {
    show_ledger(session.terminal, *ledger);
    return ExitCode::ok;
  }
  auto out = document("history");
  json::array all;
  for (const auto& entry : *ledger) all.emplace_back(ledger_json(entry));
  out["ledger"] = std::move(all);
  print_json(out);
  return ExitCode::ok;
}

}  // namespace forkmend::cli
