// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/endpoint.hpp"
#include "require.hpp"
#include "targets.hpp"

namespace forkmend::fuzz {

void run_url(std::string_view input) {
  const auto parsed = redis::parse_url(input);
  if (!parsed) {
    require(!parsed.error().message.empty(), "a refusal says why");
    return;
  }
  const std::string shown = to_string(parsed->endpoint);
  const auto again = redis::parse_url(shown);
  require(again.has_value(), "what is shown can be read");
  require(again->endpoint == parsed->endpoint, "it is the same endpoint");
  require(again->credentials.password.empty(), "what is shown holds no password");
}

}  // namespace forkmend::fuzz
