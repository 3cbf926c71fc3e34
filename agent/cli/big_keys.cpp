// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "cli/big_keys.hpp"

#include <boost/json/array.hpp>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"
#include "engine/server_session.hpp"

namespace forkmend::cli {

namespace {

std::string scope_of(const redis::BigKeys& found) {
  const std::string all = format_count(found.keys) + " keys";
  if (found.whole) return "all " + all;
  return format_count(found.looked_at) + " of " + all + " (the time was over)";
}

std::string totals_of(const redis::BigKeys& found) {
  std::vector<std::string> parts;
  parts.reserve(found.by_type.size());
  for (const auto& [type, total] : found.by_type) {
    parts.push_back(format_size(total.bytes) + " in " + format_count(total.keys) + " of type " +
                    printable(type, 40));
  }
  return join(parts, ", ");
}

std::string line_of(const redis::BigKey& key, KeyNames names) {
  std::string line = format_size(key.bytes) + "  " + printable(key.type, 40);
  if (key.database != 0) line += "  db" + std::to_string(key.database);
  if (names == KeyNames::shown) line += "  " + printable(key.name, 120);
  return line;
}

}  // namespace

boost::asio::awaitable<Result<redis::BigKeys>> ask_big_keys(engine::ObservedInstance instance,
                                                            redis::BigKeyBudget budget) {
  auto connected = co_await redis::Connection::connect(instance.connection);
  if (!connected) co_return connected.error();
  auto info = co_await engine::read_info_section(connected->get(), "keyspace");
  if (!info) co_return info.error();
  co_return co_await redis::find_big_keys(connected->get(), std::move(*info), budget);
}

void show_big_keys(Terminal& terminal, const redis::BigKeys& found, KeyNames names) {
  terminal.field("Keys", "looked at " + scope_of(found) +
                             (found.by_type.empty() ? "" : ": " + totals_of(found)));
  for (const redis::BigKey& key : found.largest) terminal.item(line_of(key, names));
  if (names == KeyNames::hidden && !found.largest.empty()) {
    terminal.item("their names: forkmend diagnose --big-keys --key-names");
  }
}

boost::json::object big_keys_json(const redis::BigKeys& found, KeyNames names) {
  boost::json::object types;
  for (const auto& [type, total] : found.by_type) {
    types[printable(type, 40)] = {{"keys", total.keys}, {"bytes", total.bytes}};
  }
  boost::json::array largest;
  for (const redis::BigKey& key : found.largest) {
    boost::json::object one{
        {"type", printable(key.type, 40)}, {"bytes", key.bytes}, {"database", key.database}};
    if (names == KeyNames::shown) one["name"] = printable(key.name);
    largest.emplace_back(std::move(one));
  }
  return {{"keys", found.keys},   {"looked_at", found.looked_at}, {"bytes", found.bytes},
          {"whole", found.whole}, {"by_type", std::move(types)},  {"largest", std::move(largest)}};
}

}  // namespace forkmend::cli
