// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/event_meaning.hpp"

#include <algorithm>
#include <array>
#include <type_traits>
#include <variant>

namespace forkmend::daemon {

namespace {

constexpr std::array<std::string_view, 4> kRefusals = {"max", "oom", "oom_kill", "oom_group_kill"};

/// The cgroup itself or one below it.
bool lies_in(const std::string& path, const std::string& cgroup) {
  if (cgroup == "/") return true;
  if (!path.starts_with(cgroup)) return false;
  return path.size() == cgroup.size() || path[cgroup.size()] == '/';
}

bool member_of(const KernelSubject& server, const std::string& cgroup) {
  return std::ranges::any_of(server.cgroups,
                             [&](const std::string& path) { return lies_in(path, cgroup); });
}

/// A dead child has a pid of its own and its parent's name.
std::optional<EventMeaning> by_process(const KernelSubject& server, std::int64_t pid,
                                       const std::string& comm) {
  if (pid == server.pid) return EventMeaning::look;
  if (comm == server.comm) return EventMeaning::poll;
  return std::nullopt;
}

struct MeaningForServer {
  const KernelSubject& server;

  std::optional<EventMeaning> operator()(const host::OvercommitRefusal& event) const {
    return by_process(server, event.pid, "");
  }
  std::optional<EventMeaning> operator()(const host::PidsRejection& event) const {
    return member_of(server, event.cgroup) ? std::optional(EventMeaning::look) : std::nullopt;
  }
  std::optional<EventMeaning> operator()(const host::OomContext& event) const {
    const bool ours = event.task_memcg && member_of(server, *event.task_memcg);
    return ours ? std::optional(EventMeaning::poll) : std::nullopt;
  }
  std::optional<EventMeaning> operator()(const host::OomKill& event) const {
    return by_process(server, event.pid, event.comm);
  }
  std::optional<EventMeaning> operator()(const host::SeccompKill& event) const {
    return by_process(server, event.pid, event.comm);
  }
  std::optional<EventMeaning> operator()(const host::ProcessorFault& event) const {
    return by_process(server, event.pid, event.comm);
  }
  std::optional<EventMeaning> operator()(const host::AvcDenied& event) const {
    return by_process(server, event.pid.value_or(0), event.comm);
  }
  std::optional<EventMeaning> operator()(const host::IoError& /*any disk*/) const {
    return EventMeaning::poll;
  }
  std::optional<EventMeaning> operator()(const host::RemountReadOnly& /*any disk*/) const {
    return EventMeaning::poll;
  }
};

}  // namespace

std::optional<EventMeaning> meaning_of(redis::LogEventKind kind) {
  using Kind = redis::LogEventKind;
  switch (kind) {
    case Kind::save_fork_failed:
    case Kind::save_child_error:
    case Kind::save_child_signal:
    case Kind::save_write_error:
    case Kind::rewrite_fork_failed:
    case Kind::rewrite_child_error:
    case Kind::rewrite_child_signal:
    case Kind::rewrite_write_error:
    case Kind::rewrite_limited:
    case Kind::sync_failed:
    case Kind::sync_child_error:
    case Kind::sync_child_signal:
    case Kind::sync_write_error:
    case Kind::aof_write_error:
      return EventMeaning::look;
    case Kind::save_ok:
    case Kind::rewrite_ok:
    case Kind::sync_ok:
    case Kind::aof_write_ok:
    case Kind::server_started:
      return EventMeaning::poll;
    case Kind::other:
    case Kind::save_started:
    case Kind::rewrite_started:
    case Kind::sync_started:
    case Kind::sync_target:
    case Kind::child_sigusr1:
    case Kind::overcommit_warning:
    case Kind::thp_warning:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<EventMeaning> meaning_for(const host::KernelEvent& event,
                                        const KernelSubject& server) {
  return std::visit(MeaningForServer{server}, event);
}

std::vector<std::string> risen(const host::Counters& before, const host::Counters& after) {
  std::vector<std::string> names;
  for (const std::string_view name : kRefusals) {
    const auto now = host::find(after, name);
    if (now && *now > host::find(before, name).value_or(0)) names.emplace_back(name);
  }
  return names;
}

std::optional<EventMeaning> meaning_of_counters(std::string_view file,
                                                const std::vector<std::string>& names) {
  const bool tasks = file.starts_with("pids.");
  for (const std::string& name : names) {
    if (tasks || name != "max") return EventMeaning::look;
  }
  return std::nullopt;
}

}  // namespace forkmend::daemon
