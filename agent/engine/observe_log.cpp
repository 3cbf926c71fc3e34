// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/observe_log.hpp"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "host/systemd_journal.hpp"
#include "redis/log_source.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

using redis::LogKeeper;
using redis::LogSource;
using redis::ServerLog;

constexpr std::string_view kFact = "instance.log_file";
constexpr std::string_view kSource = "CONFIG GET logfile, /proc/PID/fd, cgroup";

FactState state_for(const Error& error) {
  switch (error.code) {
    case Errc::not_found:
    case Errc::unsupported:
      return FactState::not_applicable;
    default:
      return FactState::unreadable;
  }
}

bool is_yes(const FactSet& facts, std::string_view name) {
  return facts.text(name) == "yes";
}

/// INFO tells of a failure: the log has to have its line.
redis::LogReadOptions options_for(const FactSet& facts) {
  redis::LogReadOptions options;
  for (const char* name : {"redis.rdb_last_bgsave_status", "redis.aof_last_bgrewrite_status",
                           "redis.aof_last_write_status"}) {
    if (facts.text(name) == "err") options.wish = redis::LogWish::failure;
  }
  return options;
}

Error nothing_in_journal(const LogSource& source, const host::JournalQuery& query,
                         const std::string& complaint) {
  // journalctl succeeds, with a hint, when it may not look at what others logged.
  const bool refused = complaint.find("not seeing messages") != std::string::npos ||
                       complaint.find("permission") != std::string::npos;
  std::string message = source.name + " has no line of the server in the last " +
                        std::to_string(query.days) + " days";
  if (!complaint.empty()) message += "; journalctl says: " + complaint;
  return {refused ? Errc::permission_denied : Errc::not_found, std::move(message)};
}

asio::awaitable<Result<ServerLog>> ask_journal(LogSource source, redis::ServerPid pid) {
  host::JournalQuery query;
  query.matches = source.matches;
  auto answer = co_await host::read_systemd_journal(query);
  if (!answer) co_return answer.error();
  auto read = redis::journal_log(answer->records, source, pid);
  if (read.log.text.empty()) co_return nothing_in_journal(source, query, answer->complaint);
  co_return read;
}

bool is_journal(const LogSource& source) {
  return source.keeper == LogKeeper::journal || source.keeper == LogKeeper::syslog_journal;
}

}  // namespace

Result<redis::LogSettings> log_settings(const FactSet& facts) {
  auto logfile = facts.text("redis.config.logfile");
  if (!logfile) return Error{Errc::permission_denied, "CONFIG GET logfile gave nothing"};
  redis::LogSettings settings;
  settings.logfile = std::move(*logfile);
  settings.daemonize = is_yes(facts, "redis.config.daemonize");
  settings.syslog = is_yes(facts, "redis.config.syslog-enabled");
  if (auto ident = facts.text("redis.config.syslog-ident")) settings.syslog_ident = *ident;
  return settings;
}

redis::ServerPid server_pid(const ObservedInstance& instance) {
  const std::int64_t host = instance.locality.pid;
  return {.host = host, .own = instance.identity.process_id.value_or(host)};
}

void take_server_log(ObservedInstance& instance, const std::string& name, redis::ServerLog read) {
  instance.observation.facts.set(kFact, name, "", kSource);
  instance.observation.log = std::move(read.events);
  instance.log = std::move(read.log);
}

void miss_server_log(ObservedInstance& instance, FactState state, std::string_view because) {
  instance.observation.facts.set_missing(kFact, state, kSource, because);
}

asio::awaitable<void> read_server_log(host::Root root, ObservedInstance* instance) {
  const FactSet& facts = instance->observation.facts;
  const auto settings = log_settings(facts);
  if (!settings) {
    miss_server_log(*instance, FactState::unreadable, settings.error().message);
    co_return;
  }
  // What is read here is kept as the log itself, and names of other containers' logs are not.
  const host::Root unrecorded = root.recorded_by(nullptr);
  auto sources = redis::find_log_sources(unrecorded, instance->locality.pid, *settings);
  std::vector<LogSource> all;
  std::optional<Error> first;
  if (sources) {
    all = std::move(*sources);
  } else {
    first = sources.error();
  }
  const redis::ServerPid pid = server_pid(*instance);
  for (const LogSource& source : all) {
    Result<ServerLog> read = Error{};
    if (is_journal(source)) {
      read = co_await ask_journal(source, pid);
    } else {
      read = redis::read_server_log(unrecorded, source, pid, options_for(facts));
    }
    if (read) {
      take_server_log(*instance, source.name, std::move(*read));
      co_return;
    }
    if (!first) first = read.error();
  }
  miss_server_log(*instance, state_for(*first), first->message);
}

}  // namespace forkmend::engine
