// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// One per-size knob of kernels from 6.8 on.
struct ThpSize {
  std::string size;   ///< as in the directory's name: "2048kB"
  std::string value;  ///< always, inherit, madvise or never
  bool operator==(const ThpSize&) const = default;
};

/// The knobs of transparent huge pages.
struct Thp {
  std::string directory;  ///< RHEL 6 has /sys/kernel/mm/redhat_transparent_hugepage
  std::string enabled;    ///< always, madvise or never
  std::optional<std::string> defrag;
  std::vector<ThpSize> sizes;  ///< empty before 6.8; sizes without a knob are left out
};

/// The word in brackets of "always [madvise] never".
[[nodiscard]] std::optional<std::string> selected_word(std::string_view text);

/// Errors: not_found when the kernel is built without THP.
[[nodiscard]] Result<Thp> read_thp(const Root& root);

/// The per-size knobs that can give huge pages: all but "never", and "inherit" only while the
/// global knob is not never. "2048kB=inherit", separated by a blank; empty when there is none.
[[nodiscard]] std::string thp_sizes_on(const Thp& thp);

}  // namespace forkmend::host
