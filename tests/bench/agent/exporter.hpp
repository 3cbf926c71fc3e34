// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace forkmend::testing {

/// How often cpu_of_scrape() has each server scraped.
inline constexpr int kScrapes = 20;

/// CPU that Debian's prometheus-redis-exporter spends on one scrape of one server, in microseconds;
/// nullopt where it is not installed.
[[nodiscard]] std::optional<double> cpu_of_scrape(const std::vector<int>& ports);

/// CPU of `script PORT` with all that it starts, in microseconds.
[[nodiscard]] double cpu_of_script(const std::string& script, const std::vector<int>& ports);

}  // namespace forkmend::testing
