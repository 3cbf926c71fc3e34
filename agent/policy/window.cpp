// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/window.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "base/text.hpp"
#include "policy/issues.hpp"
#include "policy/zone.hpp"

namespace forkmend::policy {

namespace {

constexpr std::array<std::string_view, 8> kDayWords = {"mon", "tue", "wed", "thu",
                                                       "fri", "sat", "sun", "daily"};
constexpr auto kDays = std::span(kDayWords).first<7>();
constexpr int kMinutesOfDay = 24 * 60;

Error problem(const Complaint& complaint) {
  return Error{Errc::parse, to_string(complaint)};
}

Result<std::size_t> parse_weekday(std::string_view text) {
  const auto found = std::ranges::find(kDays, text);
  if (found != kDays.end()) return static_cast<std::size_t>(found - kDays.begin());
  // "monday" and "Mon" are near enough to be worth a hint.
  std::string lower(text.substr(0, 3));
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return problem({quoted(text) + " is not a day", alternatives(kDayWords), suggest(lower, kDays)});
}

/// "mon-fri", "sat,sun", "fri-mon" (over the weekend), "daily".
Result<std::array<bool, 7>> parse_days(std::string_view text) {
  std::array<bool, 7> days{};
  if (text == "daily") {
    days.fill(true);
    return days;
  }
  for (const std::string_view part : split(text, ',')) {
    const std::size_t dash = part.find('-');
    const auto first = parse_weekday(part.substr(0, dash));
    if (!first) return first.error();
    const auto last = dash == std::string_view::npos ? first : parse_weekday(part.substr(dash + 1));
    if (!last) return last.error();
    for (std::size_t day = *first; days.at(day) = true, day != *last; day = (day + 1) % 7) {
    }
  }
  return days;
}

std::optional<int> two_digits(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 2 || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  return (text[0] - '0') * 10 + (text[1] - '0');
}

/// "HH:MM", 24:00 included, as minutes of the day.
std::optional<int> parse_minute(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = two_digits(text.substr(0, 2));
  const auto minute = two_digits(text.substr(3));
  if (!hour || !minute || *minute > 59) return std::nullopt;
  const int total = *hour * 60 + *minute;
  return total <= kMinutesOfDay ? std::optional(total) : std::nullopt;
}

Result<void> parse_hours(std::string_view text, Window& window) {
  const std::size_t dash = text.find('-');
  const auto begin = parse_minute(text.substr(0, dash));
  const auto end =
      dash == std::string_view::npos ? std::nullopt : parse_minute(text.substr(dash + 1));
  if (!begin || !end || *begin == kMinutesOfDay) {
    return problem({"cannot read the hours " + quoted(text),
                    "HH:MM-HH:MM from 00:00 to 24:00, such as 09:00-17:00"});
  }
  window.begin_minute = *begin;
  window.end_minute = *end;
  return ok();
}

}  // namespace

Result<Window> parse_window(std::string_view text) {
  const auto parts = split_blanks(text);
  if (parts.size() != 3) {
    return problem({quoted(text) + " is not a window",
                    "days, hours and a time zone, such as \"mon-fri 09:00-17:00 Europe/Berlin\""});
  }
  Window window;
  const auto days = parse_days(parts[0]);
  if (!days) return days.error();
  window.days = *days;
  if (const auto hours = parse_hours(parts[1], window); !hours) return hours.error();
  if (const auto zone = check_zone(parts[2]); !zone) return zone.error();
  window.zone = std::string(parts[2]);
  window.text = std::string(text);
  return window;
}

Result<bool> is_open(const Window& window, WallTime at) {
  const auto local = local_time(window.zone, at);
  if (!local) return local.error();
  const auto today = static_cast<std::size_t>(local->weekday);
  const std::size_t yesterday = (today + 6) % 7;
  if (window.begin_minute < window.end_minute) {
    return window.days.at(today) && local->minute >= window.begin_minute &&
           local->minute < window.end_minute;
  }
  // Past midnight: the part after midnight belongs to the day on which the window began.
  return (window.days.at(today) && local->minute >= window.begin_minute) ||
         (window.days.at(yesterday) && local->minute < window.end_minute);
}

}  // namespace forkmend::policy
