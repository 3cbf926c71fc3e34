// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/literal.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "base/units.hpp"

namespace forkmend::policy {

namespace {

bool starts_a_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

std::optional<FactValue> plain_number(std::string_view text) {
  if (!starts_a_number(text)) return std::nullopt;
  if (const auto whole = parse_integer(text)) return FactValue(*whole);
  const auto number = parse_number(text);
  return number ? std::optional<FactValue>(*number) : std::nullopt;
}

/// Whole where it is whole: comparisons of integers are exact.
FactValue divided(std::int64_t value, std::int64_t by) {
  if (value % by == 0) return value / by;
  return static_cast<double>(value) / static_cast<double>(by);
}

std::optional<FactValue> as_bytes(std::string_view text) {
  const auto size = parse_size(text);
  return size ? std::optional<FactValue>(*size) : std::nullopt;
}

std::optional<FactValue> as_seconds(std::string_view text) {
  const auto duration = parse_duration(text);
  return duration ? std::optional(divided(duration->count(), 1000)) : std::nullopt;
}

std::optional<FactValue> as_percent(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  return plain_number(trim(text.substr(0, text.size() - 1)));
}

std::optional<FactValue> as_flag(std::string_view text) {
  if (text == "true" || text == "yes") return FactValue(true);
  if (text == "false" || text == "no") return FactValue(false);
  return std::nullopt;
}

std::optional<FactValue> as_text(const Literal& literal) {
  const bool blanks = literal.text.find_first_of(" \t\"'") != std::string_view::npos;
  if (!literal.in_quotes && blanks) return std::nullopt;
  return FactValue(std::string(literal.text));
}

/// "5m" is five minutes or five million bytes.
bool ambiguous(std::string_view text) {
  return starts_a_number(text) && !plain_number(text) && as_bytes(text) && as_seconds(text);
}

/// The type follows from the spelling.
std::optional<FactValue> as_open(const Literal& literal) {
  if (literal.in_quotes || !starts_a_number(literal.text)) return as_text(literal);
  if (ambiguous(literal.text)) return std::nullopt;
  for (const auto convert_one : {plain_number, as_percent, as_bytes, as_seconds}) {
    if (auto value = convert_one(literal.text)) return value;
  }
  return as_text(literal);
}

std::string kind_of(const Literal& literal) {
  if (literal.in_quotes) return "a string";
  if (plain_number(literal.text)) return "a number";
  if (as_percent(literal.text)) return "a percentage";
  if (ambiguous(literal.text)) return "both a size and a duration";
  if (starts_a_number(literal.text) && as_bytes(literal.text)) return "a size";
  if (starts_a_number(literal.text) && as_seconds(literal.text)) return "a duration";
  return as_flag(literal.text) ? "a boolean" : "a string";
}

std::string name_of(Measure measure) {
  switch (measure) {
    case Measure::flag:
      return "a flag";
    case Measure::text:
      return "a string";
    case Measure::bytes:
    case Measure::kibibytes:
      return "a size";
    case Measure::seconds:
      return "a duration";
    case Measure::percent:
      return "a percentage";
    case Measure::count:
      return "a count";
    case Measure::open:
      return "a field of the server";
  }
  return "?";
}

std::string expected_of(Measure measure) {
  switch (measure) {
    case Measure::flag:
      return "true or false";
    case Measure::text:
      return "one word, or a string with blanks in quotes";
    case Measure::bytes:
      return "bytes, or a size such as 8GiB";
    case Measure::kibibytes:
      return "a number of KiB, or a size such as 8GiB";
    case Measure::seconds:
      return "seconds, or a duration such as 10m";
    case Measure::percent:
      return "a percentage such as 50%";
    case Measure::count:
      return "a number without a unit, such as 2";
    case Measure::open:
      return "a number, a size such as 8GiB, a duration such as 10min, one word, or a string in "
             "quotes";
  }
  return "?";
}

std::optional<std::string> meant_by(const Literal& literal, Measure measure) {
  constexpr std::array<std::string_view, 8> kUnits = {"KiB", "MiB", "GiB", "TiB",
                                                      "kb",  "mb",  "gb",  "tb"};
  std::string text(literal.text);
  if (literal.in_quotes && convert({literal.text, false}, measure)) return text;
  const std::size_t unit = literal.text.find_first_not_of("0123456789. ");
  const bool sized = measure == Measure::bytes || measure == Measure::kibibytes;
  if (!sized || unit == 0 || unit == std::string_view::npos) return std::nullopt;
  const auto meant = did_you_mean(literal.text.substr(unit, 8), kUnits);
  if (!meant) return std::nullopt;
  return text.substr(0, unit) + *meant;
}

}  // namespace

Measure measure_of(const FactInfo& info) {
  if (info.name.starts_with("redis.") || info.unit.empty()) return Measure::open;
  if (info.unit == "flag") return Measure::flag;
  if (info.unit == "text") return Measure::text;
  if (info.unit == "bytes") return Measure::bytes;
  if (info.unit == "KiB") return Measure::kibibytes;
  if (info.unit == "seconds") return Measure::seconds;
  if (info.unit == "percent") return Measure::percent;
  return Measure::count;
}

bool is_numeric(Measure measure) {
  return measure != Measure::flag && measure != Measure::text && measure != Measure::open;
}

std::optional<Literal> take_literal(std::string_view& rest, std::string_view stops) {
  rest = trim(rest);
  const char quote = rest.empty() ? ' ' : rest.front();
  if (quote != '"' && quote != '\'') {
    const std::size_t end = std::min(rest.find_first_of(stops), rest.size());
    const Literal bare{trim(rest.substr(0, end)), false};
    rest.remove_prefix(end);
    return bare;
  }
  const std::size_t close = rest.find(quote, 1);
  if (close == std::string_view::npos) return std::nullopt;
  const Literal inside{rest.substr(1, close - 1), true};
  rest = trim(rest.substr(close + 1));
  return inside;
}

std::optional<FactValue> convert(const Literal& literal, Measure measure) {
  if (measure == Measure::text) return as_text(literal);
  if (measure == Measure::open) return as_open(literal);
  if (literal.in_quotes) return std::nullopt;
  if (measure == Measure::flag) return as_flag(literal.text);
  if (literal.text == "unlimited") return FactValue(kUnlimited);
  if (auto number = plain_number(literal.text)) return number;
  if (measure == Measure::percent) return as_percent(literal.text);
  if (measure == Measure::seconds) return as_seconds(literal.text);
  const bool sized = measure == Measure::bytes || measure == Measure::kibibytes;
  auto size = sized ? as_bytes(literal.text) : std::nullopt;
  if (!size || measure == Measure::bytes) return size;
  return divided(std::get<std::int64_t>(*size), 1024);
}

Complaint mismatch(const Literal& literal, std::string_view fact, Measure measure) {
  const std::string wrong = quoted(literal.text) + " is " + kind_of(literal);
  if (measure == Measure::open) return {wrong, expected_of(measure)};
  return {wrong + ", but " + std::string(fact) + " is " + name_of(measure), expected_of(measure),
          meant_by(literal, measure)};
}

}  // namespace forkmend::policy
