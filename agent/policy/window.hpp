// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace forkmend::policy {

/// When changes are allowed: "mon-fri 09:00-17:00 Europe/Berlin". Past midnight when the end is not
/// after the begin ("22:00-04:00"). The zone is an IANA name or UTC.
struct Window {
  std::array<bool, 7> days{};  ///< Monday first
  int begin_minute = 0;        ///< of the local day
  int end_minute = 0;
  std::string zone;
  std::string text;  ///< as written
};

[[nodiscard]] Result<Window> parse_window(std::string_view text);

/// Whether the window is open at that moment.
[[nodiscard]] Result<bool> is_open(const Window& window, WallTime at);

}  // namespace forkmend::policy
