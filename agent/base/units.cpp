// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/units.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "base/text.hpp"

namespace forkmend {

namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array kSizes = {
    Unit{"", 1},         Unit{"B", 1},        Unit{"b", 1},        Unit{"k", 1e3},
    Unit{"m", 1e6},      Unit{"g", 1e9},      Unit{"KiB", 0x1p10}, Unit{"MiB", 0x1p20},
    Unit{"GiB", 0x1p30}, Unit{"TiB", 0x1p40}, Unit{"kb", 0x1p10},  Unit{"mb", 0x1p20},
    Unit{"gb", 0x1p30},  Unit{"tb", 0x1p40},  Unit{"kB", 0x1p10},  Unit{"KB", 0x1p10},
    Unit{"MB", 0x1p20},  Unit{"GB", 0x1p30},  Unit{"TB", 0x1p40},  Unit{"K", 0x1p10},
    Unit{"M", 0x1p20},   Unit{"G", 0x1p30},   Unit{"T", 0x1p40},
};

constexpr std::array kDurations = {
    Unit{"", 1e3},   Unit{"ms", 1},     Unit{"s", 1e3},    Unit{"sec", 1e3},
    Unit{"m", 60e3}, Unit{"min", 60e3}, Unit{"h", 3600e3}, Unit{"d", 86400e3},
};

template <std::size_t N>
std::optional<double> factor_of(const std::array<Unit, N>& units, std::string_view name) {
  const auto found = std::ranges::find(units, name, &Unit::name);
  return found != units.end() ? std::optional(found->factor) : std::nullopt;
}

/// "12.5GiB..." -> number and rest; nullopt without a number in front.
std::optional<std::pair<double, std::string_view>> leading_number(std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto number = parse_number(text.substr(0, end));
  if (!number) return std::nullopt;
  return std::pair(*number, text.substr(end));
}

bool fits(double value) {
  return value >= 0 && value < static_cast<double>(std::numeric_limits<std::int64_t>::max());
}

Error size_error(std::string_view text) {
  return Error{Errc::parse, "\"" + printable(text) +
                                "\" is not a size; expected a number with B, KiB, MiB, GiB, kb, mb "
                                "or gb, such as \"8GiB\""};
}

Error duration_error(std::string_view text) {
  return Error{Errc::parse,
               "\"" + printable(text) +
                   "\" is not a duration; expected a number with ms, s, m, h or d, such "
                   "as \"10m\" or \"1h30m\""};
}

std::string with_digits(double value, std::string_view unit) {
  std::array<char, 64> buffer{};
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  std::snprintf(buffer.data(), buffer.size(), "%.*f", decimals, value);
  std::string digits = buffer.data();
  if (digits.find('.') != std::string::npos) {
    while (digits.ends_with('0')) digits.pop_back();
    if (digits.ends_with('.')) digits.pop_back();
  }
  return digits.append(" ").append(unit);
}

std::string two_parts(std::int64_t whole, std::string_view unit, std::int64_t rest,
                      std::string_view rest_unit) {
  std::string text = std::to_string(whole).append(" ").append(unit);
  if (rest != 0) text.append(" ").append(std::to_string(rest)).append(" ").append(rest_unit);
  return text;
}

}  // namespace

Result<std::int64_t> parse_size(std::string_view text) {
  const auto parsed = leading_number(trim(text));
  if (!parsed) return size_error(text);
  const auto factor = factor_of(kSizes, trim(parsed->second));
  if (!factor || !fits(parsed->first * *factor)) return size_error(text);
  // Whole numbers are parsed as such: doubles lose bytes above 2^53.
  const std::string_view digits = trim(text).substr(0, trim(text).size() - parsed->second.size());
  if (const auto whole = parse_integer(digits)) {
    return *whole * static_cast<std::int64_t>(*factor);
  }
  return static_cast<std::int64_t>(parsed->first * *factor);
}

Result<milliseconds> parse_duration(std::string_view text) {
  std::string_view rest = trim(text);
  double total = 0;
  bool compound = false;
  do {
    const auto parsed = leading_number(rest);
    if (!parsed) return duration_error(text);
    const std::string_view tail = parsed->second;
    const std::string_view unit =
        trim(tail.substr(0, std::min(tail.find_first_of("0123456789"), tail.size())));
    const auto factor = factor_of(kDurations, unit);
    // Only a lone number may leave its unit out: "1h30" is not an hour and 30 seconds.
    const bool ends = tail.find_first_of("0123456789") == std::string_view::npos;
    if (!factor || (unit.empty() && (compound || !ends))) return duration_error(text);
    compound = true;
    total += parsed->first * *factor;
    rest = tail.substr(std::min(tail.find_first_of("0123456789"), tail.size()));
  } while (!rest.empty());
  if (!fits(total)) return duration_error(text);
  return milliseconds(static_cast<std::int64_t>(total));
}

std::string format_size(std::int64_t bytes) {
  if (bytes == kUnlimited) return "unlimited";
  if (bytes < 0) return "-" + format_size(bytes == INT64_MIN ? INT64_MAX - 1 : -bytes);
  if (bytes < 1024) return std::to_string(bytes) + " B";
  constexpr std::array<std::string_view, 6> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return with_digits(value, kUnits.at(unit));
}

std::string format_duration(milliseconds duration) {
  const std::int64_t ms = duration.count();
  if (ms < 0) return "-" + format_duration(milliseconds(ms == INT64_MIN ? INT64_MAX : -ms));
  if (ms < 1000) return std::to_string(ms) + " ms";
  const std::int64_t seconds = ms / 1000;
  if (seconds < 10) return with_digits(static_cast<double>(ms) / 1000, "s");
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 3600) return two_parts(seconds / 60, "min", seconds % 60, "s");
  if (seconds < 86400) return two_parts(seconds / 3600, "h", seconds % 3600 / 60, "min");
  return two_parts(seconds / 86400, "d", seconds % 86400 / 3600, "h");
}

std::string format_count(std::int64_t count) {
  if (count == kUnlimited) return "unlimited";
  std::string digits = std::to_string(count);
  const std::size_t first = digits.front() == '-' ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string format_time(std::chrono::system_clock::time_point time) {
  const auto ms = std::chrono::time_point_cast<milliseconds>(time).time_since_epoch().count();
  const std::int64_t seconds = ms >= 0 ? ms / 1000 : (ms - 999) / 1000;
  const auto clock = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&clock, &parts);
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                parts.tm_sec, static_cast<int>(ms - seconds * 1000));
  return buffer.data();
}

Result<std::chrono::system_clock::time_point> parse_time(std::string_view text) {
  const auto fail = [&] {
    return Error{Errc::parse, "\"" + printable(text) +
                                  "\" is not a time; expected RFC 3339 in UTC, such as "
                                  "\"2026-11-25T03:04:05Z\""};
  };
  std::tm parts{};
  const std::string copy(trim(text));
  const char* rest = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return fail();
  std::string_view tail = rest;
  std::int64_t nanoseconds = 0;
  if (tail.starts_with('.')) {
    const std::size_t digits = std::min(tail.find_first_not_of("0123456789", 1), tail.size()) - 1;
    if (digits == 0 || digits > 9) return fail();
    const std::string fraction = (std::string(tail.substr(1, digits)) + "00000000").substr(0, 9);
    nanoseconds = parse_integer(fraction).value_or(0);
    tail.remove_prefix(digits + 1);
  }
  if (tail != "Z") return fail();
  // 1970 to 2199: beyond what a clock counts in nanoseconds lies nothing that happened.
  constexpr std::time_t kLatest = 7258118400;
  const std::time_t seconds = timegm(&parts);
  if (seconds < 0 || seconds >= kLatest) return fail();
  return std::chrono::system_clock::from_time_t(seconds) + std::chrono::nanoseconds(nanoseconds);
}

}  // namespace forkmend
