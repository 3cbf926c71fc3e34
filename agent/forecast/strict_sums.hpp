// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>

#include "forecast/commit.hpp"
#include "forecast/rule_reader.hpp"

namespace forkmend::forecast {

/// Whether the charge was read from smaps or only bounded from above.
enum class ChargeKind { exact, bound };

/// The terms of the mode 2 test of __vm_enough_memory(), in pages.
struct StrictSums {
  std::int64_t page_size = 0;
  std::int64_t limit = 0;          ///< CommitLimit
  std::int64_t admin_reserve = 0;  ///< not taken from a holder of CAP_SYS_ADMIN
  std::int64_t user_reserve = 0;   ///< min(VmSize / 32, vm.user_reserve_kbytes)
  std::int64_t committed = 0;
  std::int64_t charge = 0;
  ChargeKind kind = ChargeKind::exact;
  std::int64_t counter_error = 0;

  /// What would still be free behind the fork; negative: refused. The test is
  /// committed + charge < allowed, so one page has to stay.
  [[nodiscard]] std::int64_t headroom(std::int64_t admin_part) const;
  /// What may be committed at all.
  [[nodiscard]] std::int64_t allowed(std::int64_t admin_part) const;
};

/// nullopt: the reader knows what is missing.
[[nodiscard]] std::optional<StrictSums> read_strict_sums(RuleReader& reader);
[[nodiscard]] std::optional<CommitSettings> read_commit_settings(RuleReader& reader);
[[nodiscard]] std::optional<std::int64_t> read_counter_error_pages(RuleReader& reader);

}  // namespace forkmend::forecast
