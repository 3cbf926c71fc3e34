// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/zoneinfo.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "host/saturate.hpp"

namespace forkmend::host {

namespace {

struct Zone {
  std::optional<std::int64_t> managed;
  std::optional<std::int64_t> present;  ///< stands for managed before 3.8
  std::optional<std::int64_t> high;
  std::vector<std::int64_t> protection;
};

/// "Node 0, zone   Normal".
bool is_zone_header(std::string_view line) {
  const auto words = split_blanks(line);
  return words.size() == 4 && words[0] == "Node" && words[2] == "zone";
}

/// "protection: (0, 1978, 23985, 23985, 23985)".
std::vector<std::int64_t> parse_protection(std::string_view text) {
  std::vector<std::int64_t> values;
  text = trim(text);
  if (!text.starts_with('(') || !text.ends_with(')')) return {};
  for (const std::string_view part : split(text.substr(1, text.size() - 2), ',')) {
    const auto value = parse_integer(trim(part));
    if (!value) return {};
    values.push_back(*value);
  }
  return values;
}

void add_line(Zone& zone, std::string_view line) {
  constexpr std::string_view kProtection = "protection:";
  line = trim(line);
  if (line.starts_with(kProtection)) {
    zone.protection = parse_protection(line.substr(kProtection.size()));
    return;
  }
  const auto words = split_blanks(line);
  if (words.size() != 2) return;
  // The first "high" is the watermark; "high:" with a colon belongs to the per-cpu lists.
  if (words[0] == "present") zone.present = parse_integer(words[1]);
  if (words[0] == "managed") zone.managed = parse_integer(words[1]);
  if (words[0] == "high" && !zone.high) zone.high = parse_integer(words[1]);
}

/// The kernel looks at protection[j] for j from the zone's own index on; those below are 0.
Result<void> add_zone(ZoneTotals& totals, const Zone& zone) {
  const auto managed = zone.managed ? zone.managed : zone.present;
  if (!managed || !zone.high || zone.protection.empty()) {
    return Error{Errc::parse, "/proc/zoneinfo: a zone lacks managed, high or protection"};
  }
  const std::int64_t reserve = std::ranges::max(zone.protection);
  const std::int64_t kept = std::min(*managed, saturating_add(reserve, *zone.high));
  totals.total_reserve = saturating_add(totals.total_reserve, kept);
  totals.managed = saturating_add(totals.managed, *managed);
  return ok();
}

}  // namespace

Result<ZoneTotals> parse_zoneinfo(std::string_view text) {
  ZoneTotals totals;
  std::optional<Zone> zone;
  for (const std::string_view line : lines_of(text)) {
    if (!is_zone_header(line)) {
      if (zone) add_line(*zone, line);
      continue;
    }
    if (zone) {
      if (auto added = add_zone(totals, *zone); !added) return added.error();
    }
    zone.emplace();
  }
  if (!zone) return Error{Errc::parse, "/proc/zoneinfo: no zone"};
  if (auto added = add_zone(totals, *zone); !added) return added.error();
  return totals;
}

Result<ZoneTotals> read_zoneinfo(const Root& root) {
  auto text = root.read("/proc/zoneinfo");
  if (!text) return text.error();
  return parse_zoneinfo(*text);
}

}  // namespace forkmend::host
