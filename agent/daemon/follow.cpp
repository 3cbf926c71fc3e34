// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The sources of events that one server has.
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/log.hpp"
#include "daemon/agent_loop.hpp"
#include "daemon/exit_watch.hpp"
#include "engine/observe_log.hpp"
#include "host/cgroup.hpp"
#include "host/process.hpp"
#include "redis/process_path.hpp"
#include "redis/server_log.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;

namespace {

bool is_journal(const redis::LogSource& source) {
  return source.keeper == redis::LogKeeper::journal ||
         source.keeper == redis::LogKeeper::syslog_journal;
}

/// A named log that is not there at this moment: it was renamed, and the server makes it anew with
/// its next line.
Result<redis::LogSource> missing_file(const host::Root& root, std::int64_t pid,
                                      const redis::LogSettings& settings, const Error& error) {
  const bool named = !settings.logfile.empty() && redis::log_descriptor(settings.logfile) == 0;
  if (!named || error.code != Errc::not_found || settings.logfile == "/dev/null") return error;
  auto path = redis::path_of_process(root, pid, settings.logfile);
  if (!path) return path.error();
  redis::LogSource source{.keeper = redis::LogKeeper::file, .name = *path, .path = *path};
  return source;
}

Result<redis::LogSource> find_log(const host::Root& root, std::int64_t pid,
                                  const redis::LogSettings& settings) {
  auto sources = redis::find_log_sources(root, pid, settings);
  if (!sources) return missing_file(root, pid, settings, sources.error());
  if (sources->empty()) return Error{Errc::not_found, "nobody keeps its lines"};
  return std::move(sources->front());
}

KernelSubject subject_of(const host::Root& root, std::int64_t pid) {
  KernelSubject subject{.pid = pid, .comm = {}, .cgroups = {}};
  if (auto stat = host::read_stat(root, pid)) subject.comm = std::move(stat->comm);
  if (auto memberships = host::read_cgroup(root, pid)) {
    subject.cgroups.reserve(memberships->size());
    for (host::CgroupMembership& one : *memberships) {
      subject.cgroups.push_back(std::move(one.path));
    }
  }
  return subject;
}

}  // namespace

void AgentLoop::follow_log(const InstancePtr& instance, const engine::ObservedInstance& seen) {
  const EventSource none = EventSource::server_log;
  const auto settings = engine::log_settings(seen.observation.facts);
  if (!settings) return set_source(none, settings.error());
  const redis::ServerPid pid = engine::server_pid(seen);
  auto source = find_log(root_, pid.host, *settings);
  if (source && is_journal(*source)) {
    journal_.add(instance->endpoint, {.source = std::move(*source), .pid = pid});
    instance->log_is_followed = true;
    return set_source(EventSource::journal, ok());
  }
  const Result<void> followed =
      source ? logs_.add(instance->endpoint, pid,
                         [root = root_, pid = pid.host, settings = *settings] {
                           return find_log(root, pid, settings);
                         })
             : Result<void>(source.error());
  instance->log_is_followed = static_cast<bool>(followed);
  set_source(none, followed);
  if (followed) return;
  log::write(log::Level::info, {},
             instance->endpoint + ": its log is not followed: " + followed.error().message);
}

void AgentLoop::follow_cgroups(const InstancePtr& instance) {
  const auto files = cgroup_event_files(root_, instance->pid);
  if (!files) return set_source(EventSource::cgroup, files.error());
  set_source(EventSource::cgroup, cgroups_.add(instance->endpoint, *files));
}

asio::awaitable<void> AgentLoop::watch_exit(InstancePtr instance, Descriptor process) {
  co_await wait_for_exit(std::move(process));
  take_event({.source = EventSource::process_exit,
              .meaning = EventMeaning::gone,
              .endpoint = instance->endpoint,
              .seen = read_clock().boot,
              .delay = {},
              .says = "process " + std::to_string(instance->pid) + " has ended (pidfd)"});
}

void AgentLoop::follow_exit(const InstancePtr& instance) {
  auto process = open_process(root_, instance->pid, instance->start_time);
  if (!process) {
    if (process.error().code == Errc::not_found) {
      return take_event({.source = EventSource::process_exit,
                         .meaning = EventMeaning::gone,
                         .endpoint = instance->endpoint,
                         .seen = read_clock().boot,
                         .delay = {},
                         .says = "its process has ended"});
    }
    return set_source(EventSource::process_exit, process.error());
  }
  instance->tasks.push_back(sources_.spawn("waiting for the end of " + instance->endpoint,
                                           watch_exit(instance, std::move(*process))));
}

void AgentLoop::begin_watching(const InstancePtr& instance, const engine::ObservedInstance& seen) {
  if (seen.locality.local && root_.live()) {
    instance->pid = seen.locality.pid;
    instance->start_time = seen.locality.start_time;
    instance->subject = subject_of(root_, instance->pid);
    instance->headroom_pace = HeadroomPace();
    follow_log(instance, seen);
    follow_cgroups(instance);
    follow_exit(instance);
  }
  log::write(log::Level::info, {},
             instance->endpoint + ": watched" +
                 (instance->pid != 0 ? ", pid " + std::to_string(instance->pid)
                                     : ", not a process of this host"));
  begin_polling(instance);
}

}  // namespace forkmend::daemon
