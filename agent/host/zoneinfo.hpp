// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::host {

struct ZoneTotals {
  std::int64_t total_reserve = 0;  ///< pages
  std::int64_t managed = 0;        ///< pages of all zones: MemTotal
};

/// totalreserve_pages, which the kernel does not export, from /proc/zoneinfo: over all zones the
/// sum of min(managed, max(protection[j], j >= own zone) + high). Source:
/// calculate_totalreserve_pages() of mm/page_alloc.c. Errors: parse when a zone lacks a line.
[[nodiscard]] Result<ZoneTotals> parse_zoneinfo(std::string_view text);
[[nodiscard]] Result<ZoneTotals> read_zoneinfo(const Root& root);

}  // namespace forkmend::host
