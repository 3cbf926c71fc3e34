// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/big_keys.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.hpp"

namespace forkmend::redis {

namespace asio = boost::asio;

namespace {

using Clock = std::chrono::steady_clock;

/// One step of a scan: where it goes on, and what it gave.
struct ScanStep {
  std::string cursor;
  std::vector<std::string> names;
};

Error odd_scan() {
  return Error{Errc::protocol, "SCAN was answered by something else than a cursor and keys"};
}

Result<ScanStep> scan_step_of(const Reply& reply) {
  if (reply.error() != nullptr) return to_error(*reply.error());
  const auto* both = std::get_if<Array>(&reply.value);
  if (both == nullptr || both->size() != 2) return odd_scan();
  auto cursor = as_text((*both)[0]);
  const auto* names = std::get_if<Array>(&(*both)[1].value);
  if (!cursor || names == nullptr) return odd_scan();
  ScanStep step{.cursor = std::move(*cursor), .names = {}};
  step.names.reserve(names->size());
  for (const Reply& name : *names) {
    auto text = as_text(name);
    if (!text) return text.error();
    step.names.push_back(std::move(*text));
  }
  return step;
}

/// nullopt: the key has gone meanwhile.
Result<std::optional<BigKey>> key_of(const Reply& type, const Reply& usage, int database,
                                     std::string name) {
  if (std::holds_alternative<Nil>(usage.value)) return std::optional<BigKey>();
  const auto bytes = as_integer(usage);
  if (!bytes) return bytes.error().during("asking for MEMORY USAGE");
  auto kind = as_text(type);
  if (!kind) return kind.error().during("asking for TYPE");
  return std::optional(BigKey{
      .type = std::move(*kind), .bytes = *bytes, .database = database, .name = std::move(name)});
}

asio::awaitable<Result<void>> weigh(Connection* connection, int database,
                                    std::vector<std::string> names, BigKeyTally* tally) {
  if (names.empty()) co_return ok();
  std::vector<Command> commands;
  commands.reserve(names.size() * 2);
  for (const std::string& name : names) {
    commands.push_back({"TYPE", name});
    commands.push_back({"MEMORY", "USAGE", name});
  }
  const auto replies = co_await connection->call_all(std::move(commands));
  if (!replies) co_return replies.error();
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto key = key_of((*replies)[2 * i], (*replies)[2 * i + 1], database, std::move(names[i]));
    if (!key) co_return key.error();
    if (*key) tally->add(std::move(**key));
  }
  co_return ok();
}

asio::awaitable<void> rest(Clock::duration time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<Result<void>> select(Connection* connection, int database) {
  Command command{"SELECT", std::to_string(database)};
  const auto reply = co_await connection->call(std::move(command));
  if (!reply) co_return reply.error();
  if (reply->error() != nullptr) co_return to_error(*reply->error());
  co_return ok();
}

/// Whether the whole database was seen before the time was over.
asio::awaitable<Result<bool>> scan_database(Connection* connection, int database,
                                            BigKeyBudget budget, Clock::time_point end,
                                            BigKeyTally* tally) {
  const auto selected = co_await select(connection, database);
  if (!selected) co_return selected.error();
  std::string cursor = "0";
  do {
    const auto began = Clock::now();
    if (began >= end) co_return false;
    Command command{"SCAN", cursor, "COUNT", std::to_string(budget.batch)};
    const auto reply = co_await connection->call(std::move(command));
    if (!reply) co_return reply.error();
    auto step = scan_step_of(*reply);
    if (!step) co_return step.error();
    const auto weighed = co_await weigh(connection, database, std::move(step->names), tally);
    if (!weighed) co_return weighed.error();
    cursor = std::move(step->cursor);
    co_await rest((Clock::now() - began) * budget.rest);
  } while (cursor != "0");
  co_return true;
}

}  // namespace

void BigKeyTally::add(BigKey key) {
  ++found_.looked_at;
  found_.bytes += key.bytes;
  TypeTotal& total = found_.by_type[key.type];
  ++total.keys;
  total.bytes += key.bytes;
  auto& largest = found_.largest;
  const auto at =
      std::ranges::upper_bound(largest, key.bytes, std::ranges::greater{}, &BigKey::bytes);
  largest.insert(at, std::move(key));
  if (largest.size() > keep_) largest.pop_back();
}

std::map<int, std::int64_t> keyspace_of(const Info& info) {
  std::map<int, std::int64_t> databases;
  for (const auto& [name, value] : info.fields()) {
    if (!name.starts_with("db")) continue;
    const auto number = parse_integer(std::string_view(name).substr(2));
    constexpr std::string_view kKeys = "keys=";
    if (!number || *number < 0 || *number > INT32_MAX || !value.starts_with(kKeys)) continue;
    std::string_view rest = std::string_view(value).substr(kKeys.size());
    if (const auto keys = take_count(rest)) databases.emplace(static_cast<int>(*number), *keys);
  }
  return databases;
}

asio::awaitable<Result<BigKeys>> find_big_keys(Connection* connection, Info info,
                                               BigKeyBudget budget) {
  const auto end = Clock::now() + budget.time;
  BigKeyTally tally(budget.keep);
  std::int64_t keys = 0;
  bool whole = true;
  for (const auto& [database, count] : keyspace_of(info)) {
    keys += count;
    if (!whole) continue;
    const auto seen = co_await scan_database(connection, database, budget, end, &tally);
    if (!seen) co_return seen.error().during("looking for large keys");
    whole = *seen;
  }
  BigKeys found = tally.take();
  found.keys = keys;
  found.whole = whole;
  co_return found;
}

}  // namespace forkmend::redis
