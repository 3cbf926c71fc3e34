// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/read_waiver.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "policy/table_reader.hpp"

namespace forkmend::policy {

namespace {

constexpr std::size_t kLongestReason = 200;

/// nullopt: absent or wrong, which was reported.
std::optional<std::string> need_text(TableReader& reader, const Node& table, std::string_view key,
                                     std::string_view expected, Issues& issues) {
  if (reader.find(key) == nullptr) {
    issues.add(table.at, {"this waiver has no " + std::string(key), std::string(expected)});
    return std::nullopt;
  }
  return reader.text(key);
}

bool is_id(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string_view::npos;
}

void read_finding(TableReader& reader, const Node& table, Waiver& waiver, Issues& issues) {
  constexpr std::string_view kExpected = "the id of a finding as forkmend audit shows it";
  const auto text = need_text(reader, table, "finding", "finding = \"thp\" or another id", issues);
  if (!text) return;
  if (!is_id(*text)) {
    issues.add(reader.find("finding")->at, {"finding is " + quoted(*text), std::string(kExpected)});
    return;
  }
  waiver.finding = *text;
}

void read_reason(TableReader& reader, const Node& table, Waiver& waiver, Issues& issues) {
  const std::string expected =
      "one line of at most " + std::to_string(kLongestReason) + " bytes that says why";
  const auto text = need_text(reader, table, "reason", "reason = \"why it is let be\"", issues);
  if (!text) return;
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (trim(*text).empty() || text->size() > kLongestReason || std::ranges::any_of(*text, control)) {
    issues.add(reader.find("reason")->at, {"reason is " + quoted(*text), expected});
    return;
  }
  waiver.reason = *text;
}

std::optional<std::chrono::year_month_day> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = parse_integer(text.substr(0, 4));
  const auto month = parse_integer(text.substr(5, 2));
  const auto day = parse_integer(text.substr(8, 2));
  if (!year || !month || !day || *year < 0 || *month < 0 || *day < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  return date.ok() ? std::optional(date) : std::nullopt;
}

void read_until(TableReader& reader, const Node& table, Waiver& waiver, Issues& issues) {
  const auto text =
      need_text(reader, table, "until", "until = \"2027-03-01\", its last day", issues);
  if (!text) return;
  if (const auto day = parse_day(*text)) {
    waiver.until = *day;
    return;
  }
  issues.add(reader.find("until")->at,
             {"until is " + quoted(*text), "a day such as \"2027-03-01\""});
}

void read_instance(TableReader& reader, Waiver& waiver, Issues& issues) {
  const auto text = reader.text("instance");
  if (!text) return;
  if (text->find("://") == std::string::npos || text->find('@') != std::string::npos) {
    issues.add(reader.find("instance")->at,
               {"instance is no URL, or one with a user or password",
                "a URL without a password such as \"redis://127.0.0.1:6379\""});
    return;
  }
  waiver.instance = *text;
}

}  // namespace

Waiver read_waiver(const Node& node, Issues& issues) {
  Waiver waiver;
  waiver.at = node.at;
  TableReader reader(node, "in [[waiver]]", issues);
  read_finding(reader, node, waiver, issues);
  read_instance(reader, waiver, issues);
  read_reason(reader, node, waiver, issues);
  read_until(reader, node, waiver, issues);
  reader.reject_unknown_keys();
  return waiver;
}

std::string to_string(std::chrono::year_month_day day) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  return text.data();
}

}  // namespace forkmend::policy
