// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/server_session.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "redis/server_config.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

/// Patterns that together give every parameter below, and none that holds a secret. One call each:
/// several in one call is 7.0+.
constexpr auto kPatterns = std::to_array<std::string_view>(
    {"*save*", "append*", "*aof*", "no-append*", "rdb*", "repl*", "slave*", "maxmemory*", "active*",
     "dir", "dbfilename", "log*", "syslog*", "daemonize", "disable-thp", "oom-score-adj*",
     "enable-protected-configs", "client-output-buffer-limit"});

/// What somebody of ours decides by: these are not_applicable where the server does not have them.
constexpr auto kWanted = std::to_array<std::string_view>({"activedefrag",
                                                          "appenddirname",
                                                          "appendfilename",
                                                          "appendfsync",
                                                          "appendonly",
                                                          "auto-aof-rewrite-percentage",
                                                          "daemonize",
                                                          "dbfilename",
                                                          "dir",
                                                          "disable-thp",
                                                          "enable-protected-configs",
                                                          "logfile",
                                                          "maxmemory",
                                                          "maxmemory-policy",
                                                          "oom-score-adj",
                                                          "rdb-save-incremental-fsync",
                                                          "rdbchecksum",
                                                          "repl-diskless-sync",
                                                          "repl-diskless-sync-delay",
                                                          "replica-ignore-disk-write-errors",
                                                          "save",
                                                          "stop-writes-on-bgsave-error",
                                                          "syslog-enabled",
                                                          "syslog-ident"});

constexpr auto kSections = std::to_array<std::string_view>(
    {"server", "memory", "persistence", "replication", "stats", "clients", "keyspace"});

std::string fact_name(std::string_view parameter) {
  return "redis.config." + std::string(parameter);
}

void all_missing(FactSet& facts, const std::string& reason) {
  for (const std::string_view parameter : kWanted) {
    facts.set_missing(fact_name(parameter), FactState::unreadable, "CONFIG GET", reason);
  }
}

asio::awaitable<Result<std::string>> info_text(redis::Connection* connection, std::string section) {
  redis::Command command{"INFO"};
  if (!section.empty()) command.push_back(std::move(section));
  auto reply = co_await connection->call(std::move(command));
  if (!reply) co_return reply.error();
  co_return redis::as_text(*reply);
}

bool was_refused(const Error& error) {
  return error.code == Errc::permission_denied || error.code == Errc::server_error;
}

}  // namespace

asio::awaitable<Result<redis::Info>> read_info_section(redis::Connection* connection,
                                                       std::string section) {
  auto text = co_await info_text(connection, std::move(section));
  if (!text) co_return text.error();
  co_return redis::parse_info(*text);
}

asio::awaitable<Result<std::string>> read_info_text(redis::Connection* connection) {
  auto text = co_await info_text(connection, "all");
  if (!text && was_refused(text.error())) text = co_await info_text(connection, "");
  if (text || !was_refused(text.error())) co_return text;
  std::string together;
  for (const std::string_view section : kSections) {
    auto one = co_await info_text(connection, std::string(section));
    if (one) {
      together += *one + "\r\n";
    } else if (!was_refused(one.error())) {
      co_return one.error();
    }
  }
  if (together.empty()) co_return text.error().during("asking for INFO");
  co_return together;
}

asio::awaitable<Result<redis::Info>> read_info(redis::Connection* connection) {
  auto text = co_await read_info_text(connection);
  if (!text) co_return text.error();
  co_return redis::parse_info(*text);
}

asio::awaitable<ServerAnswers> read_config(redis::Connection* connection) {
  std::vector<redis::Command> commands;
  commands.reserve(kPatterns.size());
  for (const std::string_view pattern : kPatterns) {
    commands.push_back({"CONFIG", "GET", std::string(pattern)});
  }
  ServerAnswers answers;
  const auto refused = [&answers](const Error& error) {
    answers.config.clear();
    answers.config_refused = "CONFIG GET was refused: " + error.message;
    return answers;
  };
  const auto replies = co_await connection->call_all(std::move(commands));
  if (!replies) co_return refused(replies.error());
  for (const redis::Reply& reply : *replies) {
    const auto pairs = redis::as_pairs(reply);
    if (!pairs) co_return refused(pairs.error());
    answers.config.insert(answers.config.end(), pairs->begin(), pairs->end());
  }
  co_return answers;
}

FactSet config_facts(const ServerAnswers& answers) {
  FactSet facts;
  if (!answers.config_refused.empty()) {
    all_missing(facts, answers.config_refused);
    return facts;
  }
  facts = redis::config_facts(answers.config);
  for (const std::string_view parameter : kWanted) {
    if (facts.find(fact_name(parameter)) != nullptr) continue;
    if (answers.config_is_whole) {
      facts.set_missing(fact_name(parameter), FactState::not_applicable, "CONFIG GET",
                        "this server has no such parameter");
    } else {
      facts.set_missing(fact_name(parameter), FactState::unknown, "CONFIG GET",
                        "the bundle does not have it");
    }
  }
  return facts;
}

}  // namespace forkmend::engine
