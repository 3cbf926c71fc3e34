// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace forkmend::testing {

/// Each metric that there is, as a query names it (buckets, sums and counts too), with its labels.
[[nodiscard]] std::map<std::string, std::set<std::string>> known_metrics();

/// What is wrong with the names and labels of a query; empty: nothing.
[[nodiscard]] std::vector<std::string> unknown_names(const std::string& query);

/// A file below packaging/ or tests/packaging/ of the source.
[[nodiscard]] std::string source_file(const std::string& path);

/// "promtool WORDS... FILE" with that text as file; what it said, empty when it was content.
[[nodiscard]] std::string promtool(std::vector<std::string> words, const std::string& text);

}  // namespace forkmend::testing
