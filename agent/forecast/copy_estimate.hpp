// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "forecast/after_fork.hpp"
#include "forecast/rule_reader.hpp"

namespace forkmend::forecast {

/// Distinct pages that so many writes to `pages` pages touch, each page as likely as the others:
/// pages x (1 - e^(-writes / pages)).
[[nodiscard]] std::int64_t pages_touched(std::int64_t pages, double writes);

/// Memory that a fork costs while its child lives, bytes, page tables included.
struct CopyEstimate {
  Spread bytes;
  std::int64_t page_tables = 0;
  std::string basis;  ///< what the likely value rests on
};

/// From what the last save copied (rdb_last_cow_size, a quarter more for growth) and from the rate
/// of changes over the length of a save; the larger of the two is likely. Without either: a
/// twentieth to a half of the memory. At worst all of RssAnon is copied once. nullopt: nothing says
/// how much memory the server has (the reader knows). `changes_per_second`: a rate that was
/// measured just now, in place of the average since the last save.
[[nodiscard]] std::optional<CopyEstimate> read_copy_estimate(
    RuleReader& reader, std::optional<double> changes_per_second = std::nullopt);

}  // namespace forkmend::forecast
