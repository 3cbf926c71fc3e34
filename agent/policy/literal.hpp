// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/fact.hpp"
#include "base/fact_catalog.hpp"
#include "policy/issues.hpp"

namespace forkmend::policy {

/// What values of a fact are compared as; follows from the unit in the catalog. `open` is for the
/// server's own fields, whose type only the server knows.
enum class Measure { flag, text, bytes, kibibytes, seconds, percent, count, open };

[[nodiscard]] Measure measure_of(const FactInfo& info);
[[nodiscard]] bool is_numeric(Measure measure);

/// A value as written in a condition.
struct Literal {
  std::string_view text;
  bool in_quotes = false;
};

/// Takes one value off the front of `rest`, up to any of the `stops`. Nothing for a quote that is
/// never closed.
[[nodiscard]] std::optional<Literal> take_literal(std::string_view& rest, std::string_view stops);

/// The value in the fact's unit; nullopt when it is of another kind.
[[nodiscard]] std::optional<FactValue> convert(const Literal& literal, Measure measure);

/// What to say when convert gives nothing.
[[nodiscard]] Complaint mismatch(const Literal& literal, std::string_view fact, Measure measure);

}  // namespace forkmend::policy
