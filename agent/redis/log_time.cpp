// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <array>
#include <ctime>

#include "base/text.hpp"
#include "redis/log_frame.hpp"

namespace forkmend::redis {

namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// How far back a 29 February has to look for its year.
constexpr int kYearsBack = 8;

std::chrono::year_month_day date_of(const LocalTime& local) {
  return std::chrono::year{local.year} / local.month / local.day;
}

/// The date exists (31 February is not taken for 3 March) and WallTime can hold it.
bool is_valid(const LocalTime& local) {
  constexpr int kFirstYear = 1970;
  constexpr int kLastYear = 2199;
  // 60: a leap second.
  return local.year >= kFirstYear && local.year <= kLastYear && date_of(local).ok() &&
         local.hour <= 23 && local.minute <= 59 && local.second <= 60;
}

/// The reading taken as UTC.
WallTime as_utc(const LocalTime& local) {
  return std::chrono::sys_days(date_of(local)) + std::chrono::hours(local.hour) +
         minutes(local.minute) + seconds(local.second) + milliseconds(local.millisecond);
}

/// "10:00:00.123"
bool read_precise_clock(std::string_view text, LocalTime& local) {
  if (text.size() != 12 || text[8] != '.' || !read_clock(text.substr(0, 8), local)) return false;
  const auto fraction = fixed_digits(text.substr(9), 3);
  local.millisecond = fraction.value_or(0);
  return fraction.has_value();
}

std::optional<WallTime> legacy_time(std::string_view text, const LogClock& clock) {
  const auto words = split(text, ' ');
  if (words.size() != 3 && words.size() != 4) return std::nullopt;
  LocalTime local;
  const auto day = fixed_digits(words[0], 2);
  local.month = month_number(words[1]);
  if (!day || local.month == 0 || !read_precise_clock(words.back(), local)) return std::nullopt;
  local.day = *day;
  if (words.size() == 3) return newest_year(local, clock);
  const auto year = fixed_digits(words[2], 4);
  if (!year) return std::nullopt;
  local.year = *year;
  return is_valid(local) ? clock.to_utc(local) : std::nullopt;
}

/// "Z", "+02:00" or "+0200"
std::optional<minutes> zone_offset(std::string_view text) {
  if (text == "Z") return minutes(0);
  const bool colon = text.size() == 6 && text[3] == ':';
  if ((text.size() != 5 && !colon) || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto hour = fixed_digits(text.substr(1, 2), 2);
  const auto minute = fixed_digits(text.substr(colon ? 4 : 3), 2);
  if (!hour || !minute || *hour > 14 || *minute > 59) return std::nullopt;
  const minutes distance(*hour * 60 + *minute);
  return text[0] == '+' ? distance : -distance;
}

/// ".678901" at the front, in milliseconds; 0 without a dot.
std::optional<int> take_fraction(std::string_view& text) {
  if (!take(text, ".")) return 0;
  constexpr std::size_t kNanoDigits = 9;
  const std::string_view digits = text;
  if (!take_digits(text, kNanoDigits)) return std::nullopt;
  std::string three(digits.substr(0, std::min<std::size_t>(3, digits.size() - text.size())));
  three.resize(3, '0');
  return fixed_digits(three, 3);
}

}  // namespace

int month_number(std::string_view name) {
  const auto* found = std::ranges::find(kMonths, name);
  return found != kMonths.end() ? static_cast<int>(found - kMonths.begin()) + 1 : 0;
}

std::optional<WallTime> newest_year(LocalTime local, const LogClock& clock) {
  const auto latest = clock.newest + days(1);
  const std::chrono::year_month_day limit(std::chrono::floor<days>(latest));
  const int this_year = static_cast<int>(limit.year());
  for (int year = this_year; year > this_year - kYearsBack; --year) {
    local.year = year;
    if (!is_valid(local)) continue;
    const auto at = clock.to_utc(local);
    if (at && *at <= latest) return at;
  }
  return std::nullopt;
}

bool read_clock(std::string_view text, LocalTime& local) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return false;
  const auto hour = fixed_digits(text.substr(0, 2), 2);
  const auto minute = fixed_digits(text.substr(3, 2), 2);
  const auto second = fixed_digits(text.substr(6, 2), 2);
  if (!hour || !minute || !second) return false;
  local.hour = *hour;
  local.minute = *minute;
  local.second = *second;
  return true;
}

std::optional<WallTime> parse_zoned_time(std::string_view text) {
  constexpr std::size_t kBeforeFraction = std::string_view("2025-01-02T10:00:00").size();
  if (text.size() <= kBeforeFraction || text[4] != '-' || text[7] != '-' || text[10] != 'T') {
    return std::nullopt;
  }
  LocalTime local;
  const auto year = fixed_digits(text.substr(0, 4), 4);
  const auto month = fixed_digits(text.substr(5, 2), 2);
  const auto day = fixed_digits(text.substr(8, 2), 2);
  if (!year || !month || !day || !read_clock(text.substr(11, 8), local)) return std::nullopt;
  local.year = *year;
  local.month = *month;
  local.day = *day;
  std::string_view tail = text.substr(kBeforeFraction);
  const auto fraction = take_fraction(tail);
  const auto offset = zone_offset(tail);
  if (!fraction || !offset || !is_valid(local)) return std::nullopt;
  local.millisecond = *fraction;
  return as_utc(local) - *offset;
}

std::optional<WallTime> parse_log_time(std::string_view text, const LogClock& clock) {
  constexpr std::size_t kMillisecondDigits = 13;   // from 2001 until 2286
  constexpr std::int64_t kLatest = 7258118400000;  // 2200-01-01: within what WallTime can hold
  constexpr std::size_t kIsoLength = std::string_view("2025-01-02T10:00:00.123+02:00").size();
  std::string_view digits = text;
  const auto since_epoch = take_digits(digits, kMillisecondDigits);
  if (text.size() == kMillisecondDigits && since_epoch && digits.empty()) {
    return *since_epoch < kLatest ? std::optional(WallTime(milliseconds(*since_epoch)))
                                  : std::nullopt;
  }
  if (text.size() == kIsoLength && text[19] == '.' && text[26] == ':') {
    return parse_zoned_time(text);
  }
  return legacy_time(text, clock);
}

std::optional<WallTime> host_local_time(const LocalTime& local) {
  std::tm fields{};
  fields.tm_year = local.year - 1900;
  fields.tm_mon = local.month - 1;
  fields.tm_mday = local.day;
  fields.tm_hour = local.hour;
  fields.tm_min = local.minute;
  fields.tm_sec = local.second;
  fields.tm_isdst = -1;
  const std::time_t at = std::mktime(&fields);
  if (at == static_cast<std::time_t>(-1)) return std::nullopt;
  return std::chrono::system_clock::from_time_t(at) + milliseconds(local.millisecond);
}

LocalToUtc fixed_offset(minutes offset) {
  return [offset](const LocalTime& local) -> std::optional<WallTime> {
    if (!is_valid(local)) return std::nullopt;
    return as_utc(local) - offset;
  };
}

}  // namespace forkmend::redis
