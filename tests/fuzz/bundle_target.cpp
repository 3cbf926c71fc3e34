// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/bundle_description.hpp"
#include "require.hpp"
#include "targets.hpp"

namespace forkmend::fuzz {

void run_bundle(std::string_view input) {
  const auto description = engine::parse_bundle_description(input, "bundle.toml");
  if (!description) {
    require(!description.error().message.empty(), "a refusal says why");
    return;
  }
  for (const auto& instance : description->instances) {
    require(engine::is_instance_name(instance.name), "a name leads nowhere else");
  }
  const std::string written = to_toml(*description);
  const auto again = engine::parse_bundle_description(written, "bundle.toml");
  require(again.has_value(), "what is written can be read");
  require(to_toml(*again) == written, "reading and writing changes nothing");
}

}  // namespace forkmend::fuzz
