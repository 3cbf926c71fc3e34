// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/pressure.hpp"

#include <cerrno>
#include <string>

#include "base/text.hpp"

namespace forkmend::host {

namespace {

std::string_view average_of(PressureSpan span) {
  switch (span) {
    case PressureSpan::ten_seconds:
      return "avg10=";
    case PressureSpan::minute:
      return "avg60=";
  }
  return "avg60=";
}

}  // namespace

Result<double> parse_full_pressure(std::string_view text, PressureSpan span) {
  const std::string_view average = average_of(span);
  for (const std::string_view line : lines_of(text)) {
    const auto words = split_blanks(line);
    if (words.empty() || words.front() != "full") continue;
    for (const std::string_view word : words) {
      if (!word.starts_with(average)) continue;
      const auto percent = parse_number(word.substr(average.size()));
      if (percent && *percent >= 0 && *percent <= 100) return *percent;
    }
  }
  return Error{Errc::parse, "expected a line \"full ... " + std::string(average) + "PERCENT\""};
}

Result<double> read_full_pressure(const Root& root, std::string_view resource, PressureSpan span) {
  const std::string path = "/proc/pressure/" + std::string(resource);
  const auto text = root.read(path);
  if (!text && text.error().sys_errno == EOPNOTSUPP) {
    return Error{Errc::unsupported, path + ": this kernel was started with psi=0"};
  }
  if (!text) return text.error();
  auto percent = parse_full_pressure(*text, span);
  if (!percent) return percent.error().during("reading " + path);
  return percent;
}

}  // namespace forkmend::host
