// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "cli/status_table.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/text.hpp"
#include "base/units.hpp"

namespace forkmend::cli {

namespace {

using daemon::InstanceState;
using daemon::InstanceStatus;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kColumns = 4;
constexpr std::size_t kLongestName = 48;
using Cells = std::array<std::string, kColumns>;

std::string age_text(const std::optional<WallTime>& then, WallTime now) {
  if (!then) return "unknown";
  const auto age = std::chrono::duration_cast<seconds>(now - *then);
  return format_duration(std::max(milliseconds(0), milliseconds(age))) + " ago";
}

std::string risk_text(const std::optional<daemon::DataAtRisk>& risk) {
  if (!risk) return "unknown";
  if (risk->changes == 0) return "nothing";
  const std::string changes =
      format_count(risk->changes) + (risk->changes == 1 ? " change" : " changes");
  if (risk->in_aof) return "in the AOF: " + changes;
  return changes + ", " + format_duration(seconds(risk->seconds));
}

std::string margin_text(std::int64_t margin, const std::string& unit) {
  if (margin == kUnlimited) return "unlimited";
  if (unit == "bytes") {
    return margin < 0 ? format_size(-margin) + " short" : format_size(margin) + " left";
  }
  return margin < 0 ? format_count(-margin) + " short" : format_count(margin) + " left";
}

std::string headroom_text(const std::optional<daemon::Headroom>& headroom) {
  if (!headroom) return "unknown";
  if (headroom->rule.empty()) return headroom->verdict;
  std::string text = headroom->rule;
  if (headroom->verdict != "admitted") text.append(" ").append(headroom->verdict);
  if (headroom->margin) text.append(", ").append(margin_text(*headroom->margin, headroom->unit));
  return printable(text, 60);
}

std::string state_text(const InstanceStatus& instance) {
  std::string text;
  switch (instance.state) {
    case InstanceState::ok:
      text = "ok";
      break;
    case InstanceState::failing:
      text = "FAILING " + instance.cause;
      break;
    case InstanceState::unreachable:
      text = "NOT REACHED " + instance.says;
      break;
  }
  if (!instance.plan.empty()) text.append("  planned ").append(instance.plan);
  if (!instance.incident.empty()) {
    text.append("  ").append(instance.incident_state).append(" ").append(instance.incident);
  }
  return printable(text, 160);
}

int order_of(InstanceState state) {
  switch (state) {
    case InstanceState::failing:
      return 0;
    case InstanceState::unreachable:
      return 1;
    case InstanceState::ok:
      return 2;
  }
  return 2;
}

Cells cells_of(const InstanceStatus& instance, WallTime now) {
  const bool seen = instance.state != InstanceState::unreachable || instance.last_save.has_value();
  return {printable(instance.endpoint, kLongestName), seen ? age_text(instance.last_save, now) : "",
          seen ? risk_text(instance.at_risk) : "", seen ? headroom_text(instance.headroom) : ""};
}

std::string padded(const Cells& cells, const std::array<std::size_t, kColumns>& widths) {
  std::string line;
  for (std::size_t i = 0; i < kColumns; ++i) {
    std::string cell = cells.at(i);
    cell.resize(std::max(cell.size(), widths.at(i)), ' ');
    line.append(cell).append("  ");
  }
  return line;
}

}  // namespace

std::vector<StatusRow> status_table(const daemon::AgentStatus& status, WallTime now,
                                    std::size_t most_rows) {
  std::vector<const InstanceStatus*> sorted;
  sorted.reserve(status.instances.size());
  for (const auto& instance : status.instances) sorted.push_back(&instance);
  std::ranges::sort(sorted, [](const InstanceStatus* a, const InstanceStatus* b) {
    const int first = order_of(a->state);
    const int second = order_of(b->state);
    return std::tie(first, a->endpoint) < std::tie(second, b->endpoint);
  });
  const std::size_t shown = std::min(sorted.size(), most_rows);
  std::vector<Cells> table = {{"SERVER", "SAVED", "AT RISK", "HEADROOM"}};
  table.reserve(shown + 1);
  for (std::size_t i = 0; i < shown; ++i) table.push_back(cells_of(*sorted[i], now));
  std::array<std::size_t, kColumns> widths{};
  for (const Cells& cells : table) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      widths.at(i) = std::max(widths.at(i), cells.at(i).size());
    }
  }
  std::vector<StatusRow> rows = {{padded(table.front(), widths), "STATE", InstanceState::ok}};
  for (std::size_t i = 0; i < shown; ++i) {
    rows.push_back({padded(table[i + 1], widths), state_text(*sorted[i]), sorted[i]->state});
  }
  if (shown < sorted.size()) {
    rows.push_back({"and " + std::to_string(sorted.size() - shown) + " more (--json has them all)",
                    "", InstanceState::ok});
  }
  return rows;
}

}  // namespace forkmend::cli
