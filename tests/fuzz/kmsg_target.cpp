// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/kmsg.hpp"
#include "require.hpp"
#include "targets.hpp"

namespace forkmend::fuzz {

void run_kmsg(std::string_view input) {
  const auto record = host::parse_kmsg_record(input);
  if (!record) return;
  require(record->text.find('\n') == std::string::npos, "a record's text is one line");
  require(record->at.count() >= 0, "nothing is older than the boot");
}

}  // namespace forkmend::fuzz
