// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/fact.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <utility>

#include "base/units.hpp"

namespace forkmend {

namespace {

std::string shortest(double number) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return {buffer.data(), end.ptr};
}

template <class T>
std::optional<T> typed(const Fact* fact) {
  if (fact == nullptr || fact->state != FactState::value) return std::nullopt;
  const T* value = std::get_if<T>(&fact->value);
  return value != nullptr ? std::optional<T>(*value) : std::nullopt;
}

std::string_view name_of(const std::shared_ptr<const Fact>& fact) {
  return fact->name;
}

}  // namespace

std::string_view to_string(FactState state) {
  switch (state) {
    case FactState::value:
      return "value";
    case FactState::not_applicable:
      return "not applicable";
    case FactState::unreadable:
      return "unreadable";
    case FactState::unknown:
      return "unknown";
  }
  return "unknown";
}

std::string to_string(const FactValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    return *integer == kUnlimited ? "unlimited" : std::to_string(*integer);
  }
  if (const auto* number = std::get_if<double>(&value)) return shortest(*number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "yes" : "no";
  return std::get<std::string>(value);
}

std::string to_string(const Fact& fact) {
  return fact.state == FactState::value ? to_string(fact.value)
                                        : std::string(to_string(fact.state));
}

void FactSet::set(Fact fact) {
  const auto at = std::ranges::lower_bound(facts_, fact.name, {}, &name_of);
  const bool known = at != facts_.end() && (*at)->name == fact.name;
  auto shared = std::make_shared<const Fact>(std::move(fact));
  if (known) {
    *at = std::move(shared);
  } else {
    facts_.insert(at, std::move(shared));
  }
}

void FactSet::set(std::string_view name, FactValue value, std::string_view unit,
                  std::string_view source) {
  set(Fact{std::string(name),
           FactState::value,
           std::move(value),
           std::string(unit),
           std::string(source),
           {}});
}

void FactSet::set_missing(std::string_view name, FactState state, std::string_view source,
                          std::string_view reason) {
  set(Fact{
      std::string(name), state, std::int64_t{0}, {}, std::string(source), std::string(reason)});
}

void FactSet::merge(const FactSet& other) {
  std::vector<Shared> both;
  both.reserve(facts_.size() + other.facts_.size());
  // Of two equal ones set_union takes that of the first range.
  std::ranges::set_union(other.facts_, facts_, std::back_inserter(both), {}, &name_of, &name_of);
  facts_ = std::move(both);
}

const Fact* FactSet::find(std::string_view name) const {
  const auto at = std::ranges::lower_bound(facts_, name, {}, &name_of);
  return at != facts_.end() && (*at)->name == name ? at->get() : nullptr;
}

std::optional<std::int64_t> FactSet::integer(std::string_view name) const {
  return typed<std::int64_t>(find(name));
}

std::optional<double> FactSet::number(std::string_view name) const {
  if (const auto whole = integer(name)) return static_cast<double>(*whole);
  return typed<double>(find(name));
}

std::optional<std::string> FactSet::text(std::string_view name) const {
  return typed<std::string>(find(name));
}

std::optional<bool> FactSet::flag(std::string_view name) const {
  return typed<bool>(find(name));
}

FactSet FactSet::with(const std::map<std::string, FactValue>& changes) const {
  FactSet changed = *this;
  for (const auto& [name, value] : changes) {
    const Fact* old = find(name);
    changed.set(Fact{
        name, FactState::value, value, old != nullptr ? old->unit : std::string(), "what if", {}});
  }
  return changed;
}

}  // namespace forkmend
