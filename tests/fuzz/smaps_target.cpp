// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/text.hpp"
#include "host/accountable.hpp"
#include "require.hpp"
#include "targets.hpp"

namespace forkmend::fuzz {

void run_smaps(std::string_view input) {
  host::SmapsSum sum;
  for (const std::string_view line : lines_of(input)) sum.add_line(line);
  const auto accountable = sum.finish();
  if (!accountable) {
    require(!accountable.error().message.empty(), "a refusal says why");
    return;
  }
  require(accountable->largest >= 0, "no mapping is smaller than nothing");
  require(accountable->total >= accountable->largest, "the sum holds its largest part");
  require(accountable->huge >= 0, "no page is smaller than nothing");
}

}  // namespace forkmend::fuzz
