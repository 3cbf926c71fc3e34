// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <vector>

namespace forkmend::bench {

enum class MappingKind {
  plain,
  no_reserve,
  dont_fork,
  wipe_on_fork,
  shared,
  sticky_read_only,  ///< written to, then made read-only: stays charged
  never_writable,
  thp_advised,
  merged,  ///< two calls of mmap() that become one mapping
};
inline constexpr int kMappingKinds = 9;

struct Mapping {
  MappingKind kind = MappingKind::plain;
  std::int64_t bytes = 0;
};

/// Makes them in this process; large ones piece by piece, since mode 0 refuses one call for more
/// than RAM and swap, while pieces that become one mapping pass. False: the kernel refused one.
[[nodiscard]] bool make_mappings(const std::vector<Mapping>& mappings);

/// Makes page tables of about this size: one page is touched in each 2 MiB.
[[nodiscard]] bool fill_page_tables(std::int64_t bytes);

}  // namespace forkmend::bench
