// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/text.hpp"
#include "host/cgroup.hpp"
#include "require.hpp"
#include "targets.hpp"

namespace forkmend::fuzz {

void run_cgroup(std::string_view input) {
  const auto memberships = host::parse_cgroup(input);
  require(memberships.size() <= lines_of(input).size(), "no line becomes two memberships");
  for (const host::CgroupMembership& one : memberships) {
    for (const std::string& controller : one.controllers) {
      require(controller.find_first_of(",:\n") == std::string::npos, "a controller is one word");
    }
    require(one.path.find('\n') == std::string::npos, "a path is one line");
  }
  const auto unit = host::systemd_unit(memberships);
  require(!unit || (!unit->empty() && unit->find('/') == std::string::npos),
          "a unit is a name, not a path");
}

}  // namespace forkmend::fuzz
