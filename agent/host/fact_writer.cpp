// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/fact_writer.hpp"

#include <string>
#include <utility>

#include "base/fact_catalog.hpp"
#include "base/text.hpp"

namespace forkmend::host {

namespace {

/// The catalogue says "flag" and "text" for what has no unit.
std::string_view unit_of(std::string_view name) {
  const FactInfo* info = find_fact_info(name);
  if (info == nullptr || info->unit == "flag" || info->unit == "text") return {};
  return info->unit;
}

}  // namespace

FactState state_of(Errc code, TreeKind tree) {
  switch (code) {
    case Errc::not_found:
      return tree == TreeKind::live ? FactState::not_applicable : FactState::unknown;
    case Errc::unsupported:
      return FactState::not_applicable;
    case Errc::permission_denied:
    case Errc::read_only:
    case Errc::no_space:
    case Errc::io:
    case Errc::parse:
    case Errc::invalid:
    case Errc::timeout:
    case Errc::closed:
    case Errc::protocol:
    case Errc::server_error:
    case Errc::too_large:
    case Errc::busy:
    case Errc::changed:
    case Errc::cancelled:
      return FactState::unreadable;
  }
  return FactState::unknown;
}

void FactWriter::put(std::string_view name, FactValue value, std::string_view source) {
  facts_.set(name, std::move(value), unit_of(name), source);
}

void FactWriter::miss(std::string_view name, FactState state, std::string_view source,
                      std::string_view reason) {
  facts_.set_missing(name, state, source, printable(reason));
}

void FactWriter::miss(std::string_view name, const Error& error, std::string_view source) {
  const bool known = error.code == Errc::not_found && error.seen_absent;
  miss(name, known ? FactState::not_applicable : state_of(error.code, tree_), source,
       error.message);
}

void FactWriter::put_line(std::string_view name, const Result<Counters>& counters,
                          std::string_view file, std::string_view key, FactState when_absent) {
  const std::string source = std::string(file) + " " + std::string(key);
  if (!counters) {
    miss(name, counters.error(), source);
    return;
  }
  put_optional(name, find(*counters, key), source, when_absent,
               std::string(file) + " has no " + std::string(key));
}

}  // namespace forkmend::host
