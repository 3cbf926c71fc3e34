// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>

#include "base/text.hpp"
#include "redis/info.hpp"
#include "redis/server_config.hpp"
#include "require.hpp"
#include "targets.hpp"

namespace forkmend::fuzz {

namespace {

bool is_harmless(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; });
}

void check_facts(const redis::Info& info) {
  const FactSet facts = redis::info_facts(info);
  require(facts.all().size() == info.fields().size(), "every field becomes a fact");
  for (const auto& [name, fact] : facts.all()) {
    require(is_harmless(name), "names hold no control characters");
    require(is_harmless(to_string(fact)), "values of facts hold no control characters");
    require(is_harmless(fact.source), "sources hold no control characters");
  }
}

}  // namespace

void run_info(std::string_view input) {
  const auto info = redis::parse_info(input);
  if (info) {
    require(!info->fields().empty(), "an INFO without fields is an error");
    require(info->fields().size() <= redis::kMaxInfoFields, "the number of fields is bounded");
    const redis::ServerIdentity identity = redis::identify(*info);
    require(!identity.process_id || *identity.process_id > 0, "a pid is positive");
    check_facts(*info);
  } else {
    require(is_harmless(info.error().message), "errors hold no control characters");
  }
  const FactSet config = redis::config_facts(redis::parse_config_lines(input));
  for (const auto& [name, fact] : config.all()) {
    require(!redis::is_secret_parameter(std::string_view(name).substr(13)), "no secret is kept");
  }
}

}  // namespace forkmend::fuzz
