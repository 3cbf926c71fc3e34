// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace forkmend::metrics {

enum class MetricType { counter, gauge, histogram };

/// One metric: its name and unit by Prometheus' conventions, and what it says in one sentence.
struct Family {
  std::string_view name;
  MetricType type = MetricType::gauge;
  std::string_view help;
};

/// A name is ours and an identifier; a value may come from anywhere.
struct Label {
  std::string_view name;
  std::string_view value;
};
using Labels = std::initializer_list<Label>;

/// How often something took at most so long, as Prometheus counts it.
struct Histogram {
  explicit Histogram(std::vector<double> upper_bounds);  ///< rising, without +Inf
  void observe(double value);

  std::vector<double> bounds;
  std::vector<std::uint64_t> counts;  ///< one a bound and one above all; not cumulative
  double sum = 0;
};

/// Writes the Prometheus text format 0.0.4. Samples follow the begin() of their family; the order
/// is the caller's. Label values are escaped as the format wants it, after control characters and
/// broken UTF-8 have been made printable.
class Exposition {
 public:
  void begin(const Family& family);
  void sample(Labels labels, double value);
  /// One series for each of the states, 1 for the one that holds and 0 for the others.
  void state(Labels labels, std::string_view label, std::span<const std::string_view> states,
             std::string_view holds);
  void histogram(const Histogram& histogram);

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void line(std::string_view suffix, Labels labels, Label last, double value);

  std::string text_;
  std::string_view name_;
};

/// The shortest text that reads back as the same number; "NaN", "+Inf", "-Inf".
[[nodiscard]] std::string format_sample(double value);

/// The media type of what Exposition writes.
inline constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace forkmend::metrics
