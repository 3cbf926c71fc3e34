// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "metrics/exposition.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/text.hpp"

namespace forkmend::metrics {

namespace {

constexpr std::size_t kMaxLabelValue = 300;

std::string_view type_word(MetricType type) {
  switch (type) {
    case MetricType::counter:
      return "counter";
    case MetricType::gauge:
      return "gauge";
    case MetricType::histogram:
      return "histogram";
  }
  return "untyped";
}

void append_label(std::string& text, const Label& label, char before) {
  text += before;
  text.append(label.name).append("=\"");
  for (const char c : printable(label.value, kMaxLabelValue)) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  text += '"';
}

}  // namespace

Histogram::Histogram(std::vector<double> upper_bounds)
    : bounds(std::move(upper_bounds)), counts(bounds.size() + 1) {}

void Histogram::observe(double value) {
  const auto bound = std::ranges::lower_bound(bounds, value);
  ++counts[static_cast<std::size_t>(bound - bounds.begin())];
  sum += value;
}

std::string format_sample(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  // Whole numbers without an exponent, for people, as long as a double holds them exactly.
  constexpr double kExact = 9007199254740992.0;
  std::array<char, 40> buffer{};
  const bool whole = std::trunc(value) == value && std::abs(value) <= kExact;
  const auto written =
      whole ? std::to_chars(buffer.begin(), buffer.end(), static_cast<std::int64_t>(value))
            : std::to_chars(buffer.begin(), buffer.end(), value);
  return {buffer.data(), written.ptr};
}

void Exposition::begin(const Family& family) {
  name_ = family.name;
  text_.append("# HELP ").append(name_).append(" ").append(family.help).append("\n# TYPE ");
  text_.append(name_).append(" ").append(type_word(family.type)).append("\n");
}

void Exposition::sample(Labels labels, double value) {
  line("", labels, {}, value);
}

void Exposition::state(Labels labels, std::string_view label,
                       std::span<const std::string_view> states, std::string_view holds) {
  for (const std::string_view state : states) {
    line("", labels, {label, state}, state == holds ? 1 : 0);
  }
}

void Exposition::histogram(const Histogram& histogram) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    total += histogram.counts[i];
    const std::string bound =
        i < histogram.bounds.size() ? format_sample(histogram.bounds[i]) : std::string("+Inf");
    line("_bucket", {}, {"le", bound}, static_cast<double>(total));
  }
  line("_sum", {}, {}, histogram.sum);
  line("_count", {}, {}, static_cast<double>(total));
}

void Exposition::line(std::string_view suffix, Labels labels, Label last, double value) {
  text_.append(name_).append(suffix);
  char before = '{';
  for (const Label& label : labels) {
    append_label(text_, label, before);
    before = ',';
  }
  if (!last.name.empty()) {
    append_label(text_, last, before);
    before = ',';
  }
  if (before == ',') text_ += '}';
  text_.append(" ").append(format_sample(value)).append("\n");
}

}  // namespace forkmend::metrics
