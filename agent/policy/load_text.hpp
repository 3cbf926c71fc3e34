// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "policy/policy.hpp"

namespace forkmend::policy {

/// The text of a file that root acts upon (read_trusted, at most 1 MiB), or what is wrong with the
/// file. noun: "policy", for the message.
[[nodiscard]] std::variant<std::string, PolicyError> load_text(const std::string& path,
                                                               std::string_view noun);

}  // namespace forkmend::policy
