// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "cli/what_if.hpp"

#include <string_view>

#include "base/fact_catalog.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "policy/condition.hpp"
#include "policy/literal.hpp"

namespace forkmend::cli {

namespace {

Error refuse(const policy::Complaint& complaint) {
  return Error{Errc::invalid, "--what-if: " + to_string(complaint)};
}

bool may_be_changed(std::string_view name) {
  return (name.starts_with("host.") || name.starts_with("instance.") ||
          name.starts_with("redis.")) &&
         name.find('*') == std::string_view::npos && find_fact_info(name) != nullptr;
}

Result<FactValue> parse_value(std::string_view name, std::string_view text) {
  const policy::Measure measure = policy::measure_of(*find_fact_info(name));
  const bool limit = text == "unlimited" || text == "max";
  if (limit && policy::is_numeric(measure)) return FactValue(kUnlimited);
  std::string_view rest = text;
  const auto literal = policy::take_literal(rest, "");
  if (!literal || !trim(rest).empty() || literal->text.empty()) {
    return refuse(
        {"the value " + policy::quoted(text) + " of " + std::string(name) + " cannot be read",
         "one value, such as 8GiB"});
  }
  auto value = policy::convert(*literal, measure);
  if (!value) return refuse(policy::mismatch(*literal, name, measure));
  return *value;
}

}  // namespace

Result<WhatIfChanges> parse_what_if(const std::vector<std::string>& all) {
  WhatIfChanges changes;
  for (const std::string& text : all) {
    const std::size_t at = text.find('=');
    if (at == std::string::npos || at == 0) {
      return refuse({policy::quoted(text) + " is no change of a fact",
                     "FACT=VALUE, such as host.overcommit_memory=1"});
    }
    const std::string name(trim(std::string_view(text).substr(0, at)));
    if (!may_be_changed(name)) {
      return refuse({"unknown fact " + policy::quoted(name),
                     "a host.*, instance.* or redis.* name that `forkmend facts` lists",
                     policy::suggest_fact(name)});
    }
    auto value = parse_value(name, std::string_view(text).substr(at + 1));
    if (!value) return value.error();
    changes[name] = std::move(*value);
  }
  return changes;
}

}  // namespace forkmend::cli
