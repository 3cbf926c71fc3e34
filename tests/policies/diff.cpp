// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diff.hpp"

#include <algorithm>
#include <vector>

#include "base/text.hpp"

namespace forkmend::testing {

namespace {

using Lines = std::vector<std::string_view>;
using Lengths = std::vector<std::vector<std::size_t>>;

/// lengths[i][j]: the longest common subsequence of a from i on and b from j on.
Lengths common_lengths(const Lines& a, const Lines& b) {
  Lengths lengths(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      lengths[i][j] =
          a[i] == b[j] ? lengths[i + 1][j + 1] + 1 : std::max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  return lengths;
}

}  // namespace

std::string diff(std::string_view expected, std::string_view actual) {
  const Lines a = lines_of(expected);
  const Lines b = lines_of(actual);
  const Lengths lengths = common_lengths(a, b);
  std::string text;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    const bool same = i < a.size() && j < b.size() && a[i] == b[j];
    const bool drop = j == b.size() || (i < a.size() && lengths[i + 1][j] >= lengths[i][j + 1]);
    const std::string_view line = same || drop ? a[i] : b[j];
    text.append(1, same ? ' ' : drop ? '-' : '+').append(line).append("\n");
    i += same || drop ? 1U : 0U;
    j += same || !drop ? 1U : 0U;
  }
  return text;
}

}  // namespace forkmend::testing
