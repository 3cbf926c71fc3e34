// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>

#include "policy/document.hpp"
#include "policy/issues.hpp"
#include "policy/parameter.hpp"

namespace forkmend::policy {

/// Checks one value of a policy against the parameter's declaration: type, range, choices, "auto"
/// only where it is taken. A wrong value is reported and gives nullopt.
[[nodiscard]] std::optional<ParameterValue> read_parameter(const ParameterSpec& spec,
                                                           const Node& node, Issues& issues);

/// What the declaration allows, as a sentence part: `a size of at least "1MiB" or "auto"`.
[[nodiscard]] std::string expectation(const ParameterSpec& spec);

/// The value as a policy writes it, exact: `"64MiB"`, `"10m"`, `true`.
[[nodiscard]] std::string write_parameter(const ParameterSpec& spec, const ParameterValue& value);

/// "50%". nullopt: it is none.
[[nodiscard]] std::optional<std::int64_t> parse_percent(std::string_view text);

/// A string as TOML writes it, quotes included.
[[nodiscard]] std::string toml_string(std::string_view text);

}  // namespace forkmend::policy
