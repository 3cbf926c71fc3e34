// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <span>
#include <string_view>

namespace forkmend::policy {

/// One cause that a diagnosis can name: the vocabulary of the key `cause`.
struct CauseInfo {
  std::string_view id;
  std::string_view meaning;
  /// It makes saves dear or slow and is never why one fails: only a rule on "strain" acts on it.
  bool strain = false;
};

/// All of them, sorted by id.
[[nodiscard]] std::span<const CauseInfo> known_causes();
[[nodiscard]] const CauseInfo* find_cause(std::string_view id);
[[nodiscard]] bool is_strain(std::string_view id);

}  // namespace forkmend::policy
