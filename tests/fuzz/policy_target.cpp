// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/policy.hpp"

#include <variant>
#include <vector>

#include "remediations/remediation.hpp"
#include "require.hpp"
#include "targets.hpp"

namespace forkmend::fuzz {

void run_policy(std::string_view input) {
  static const auto remedies = remediations::remedy_declarations();
  const auto loaded = policy::parse_policy(input, "policy.toml", remedies);
  if (const auto* errors = std::get_if<std::vector<policy::PolicyError>>(&loaded)) {
    require(!errors->empty(), "a refusal says why");
    for (const auto& error : *errors) {
      require(!to_string(error).empty(), "each error has its sentence");
    }
    return;
  }
  const std::string written = to_toml(std::get<policy::Policy>(loaded));
  const auto again = policy::parse_policy(written, "policy.toml", remedies);
  require(std::holds_alternative<policy::Policy>(again), "what is written can be read");
  require(to_toml(std::get<policy::Policy>(again)) == written,
          "reading and writing changes nothing");
}

}  // namespace forkmend::fuzz
