// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "policy/issues.hpp"
#include "policy/policy.hpp"

namespace forkmend::policy {

/// Compiles "FACT OPERATOR VALUE". The string is the message of a policy error.
[[nodiscard]] std::variant<Condition, std::string> compile_condition(std::string_view text);

/// "==", "in", ...
[[nodiscard]] std::string_view to_string(CompareOp op);

/// The catalog's name nearest to a misspelt fact, in quotes.
[[nodiscard]] std::optional<std::string> suggest_fact(std::string_view name);

}  // namespace forkmend::policy
