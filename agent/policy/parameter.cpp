// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/parameter.hpp"

#include <utility>

namespace forkmend::policy {

namespace {

template <class T>
std::optional<T> typed(const std::map<std::string, ParameterValue, std::less<>>& values,
                       std::string_view name) {
  const auto found = values.find(name);
  if (found == values.end()) return std::nullopt;
  const T* value = std::get_if<T>(&found->second);
  return value != nullptr ? std::optional<T>(*value) : std::nullopt;
}

}  // namespace

void Parameters::set(std::string_view name, ParameterValue value) {
  values_.insert_or_assign(std::string(name), std::move(value));
}

bool Parameters::is_auto(std::string_view name) const {
  const auto found = values_.find(name);
  return found != values_.end() && std::holds_alternative<Auto>(found->second);
}

std::optional<std::int64_t> Parameters::integer(std::string_view name) const {
  return typed<std::int64_t>(values_, name);
}

std::optional<std::string> Parameters::text(std::string_view name) const {
  return typed<std::string>(values_, name);
}

std::optional<bool> Parameters::flag(std::string_view name) const {
  return typed<bool>(values_, name);
}

std::optional<std::vector<std::string>> Parameters::list(std::string_view name) const {
  return typed<std::vector<std::string>>(values_, name);
}

}  // namespace forkmend::policy
