// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "cli/status_output.hpp"

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/status_table.hpp"

namespace forkmend::cli {

namespace {

void show_reload(Terminal& terminal, const daemon::ReloadStatus& reload) {
  if (reload.says.empty()) return;
  const std::string when = " at " + format_time(reload.at);
  terminal.field("Reload", reload.applied ? "applied" + when + ", except for:"
                                          : "NOT applied" + when + "; what held before holds on:");
  for (const auto& line : reload.says) terminal.item(printable(line));
}

void show_row(Terminal& terminal, const StatusRow& row) {
  const bool bad = row.kind != daemon::InstanceState::ok;
  terminal.line(row.left + (bad ? terminal.bad(row.state) : row.state));
}

}  // namespace

void show_status(Terminal& terminal, const daemon::AgentStatus& status, WallTime now) {
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - status.started);
  terminal.line(terminal.bold("Agent pid " + std::to_string(status.pid)) + "  " +
                printable(summary(status)) + ", policy " + printable(status.policy) + ", for " +
                format_duration(std::max(std::chrono::seconds(0), age)));
  for (const auto& gate : status.gates) {
    terminal.field("Gate", printable(gate.gate) + ": " + printable(gate.because));
    terminal.item("to go on: " + printable(gate.pass));
  }
  if (status.reload) show_reload(terminal, *status.reload);
  terminal.line();
  for (const auto& row : status_table(status, now)) show_row(terminal, row);
}

}  // namespace forkmend::cli
