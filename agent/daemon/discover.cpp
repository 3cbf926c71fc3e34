// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Which servers there are. The table of processes is read often; sockets and servers are asked only
// where a process is new, or could not be reached the last time.
#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "daemon/agent_loop.hpp"
#include "host/process_table.hpp"
#include "redis/server_process.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;
using std::chrono::nanoseconds;

namespace {

constexpr std::chrono::milliseconds kHurriedSearch{200};
constexpr std::chrono::seconds kHurry{5};
constexpr std::chrono::seconds kRound{10};

}  // namespace

bool AgentLoop::may_meet(const std::string& key) const {
  const auto found = strangers_.find(key);
  if (found == strangers_.end()) return true;
  return !found->second.meeting && read_clock().boot >= found->second.again_at;
}

/// Keys of server processes that nobody watches and that it is time to meet.
std::set<std::string> AgentLoop::strangers() const {
  std::set<std::string> keys;
  const auto table = host::process_table(root_);
  if (!table) {
    log::write(log::Level::error, {}, "looking for servers: " + table.error().message);
    return keys;
  }
  for (const host::ProcessRow& row : *table) {
    if (!redis::is_server_executable(redis::executable_of(row))) continue;
    if (redis::has_other_job(row)) continue;
    std::string key = process_key(row.pid, row.start_time);
    const bool watched = std::ranges::any_of(instances_, [&](const auto& entry) {
      const Instance& instance = *entry.second;
      return instance.key == key ||
             (instance.pid == row.pid && instance.start_time == row.start_time);
    });
    if (!watched && may_meet(key)) keys.insert(std::move(key));
  }
  return keys;
}

void AgentLoop::search_found() {
  const auto keys = strangers();
  if (keys.empty()) return;
  const host::Root root = root_.caching();
  const auto servers = redis::find_servers(root);
  if (!servers) {
    log::write(log::Level::error, {}, "looking for servers: " + servers.error().message);
    return;
  }
  // What has a server's program and is none: a child, which is gone before it matters again.
  for (const std::string& key : keys) strangers_[key].again_at = read_clock().boot + kLongestRetry;
  for (const redis::FoundServer& server : *servers) {
    const std::string key = process_key(server.pid, server.start_time);
    if (!keys.contains(key) || engine::is_known_place(server, options_->targets)) continue;
    strangers_[key].meeting = true;
    work_.spawn("meeting pid " + std::to_string(server.pid), meet_found(root, server));
  }
}

void AgentLoop::search_named(const std::vector<redis::ConnectionOptions>& servers) {
  for (const redis::ConnectionOptions& named : servers) {
    const std::string key = to_string(named.endpoint);
    if (instances_.contains(key) || !may_meet(key)) continue;
    if (meetings_ >= kMostMeetings) return;  // there may be thousands: they need no coroutine yet
    ++meetings_;
    strangers_[key].meeting = true;
    work_.spawn("meeting " + key, meet_named(named));
  }
}

void AgentLoop::leave(const InstancePtr& instance, const std::string& because) {
  log::write(log::Level::info, {}, instance->endpoint + ": not watched any more: " + because);
  instance->gone = true;
  for (const TaskGroup::TaskId task : instance->tasks) sources_.cancel(task);
  sources_.cancel(instance->poll.task);
  instance->poll.socket.reset();
  logs_.remove(instance->endpoint);
  journal_.remove(instance->endpoint);
  cgroups_.remove(instance->endpoint);
  queue_.forget(instance->endpoint);
  InstanceState& seen = shown(instance->endpoint);
  seen.reachable = false;
  seen.unreachable_because = because;
  instances_.erase(instance->endpoint);
  hurry_until_ = read_clock().boot + kHurry;
}

void AgentLoop::search() {
  state().mode = to_string(options_->policy.mode);
  const engine::TargetRequest& targets = options_->targets;
  search_named(targets.named.empty() ? targets.known : targets.named);
  if (targets.named.empty() && targets.discover) search_found();
  const auto now = read_clock().boot;
  if (now < next_round_) return;
  next_round_ = now + kRound;
  keep_house(now);
}

asio::awaitable<void> AgentLoop::discover() {
  while (true) {
    search();
    nanoseconds wait = options_->discovery;
    const auto now = read_clock().boot;
    if (now < hurry_until_) wait = std::min<nanoseconds>(wait, kHurriedSearch);
    for (const auto& [key, stranger] : strangers_) {
      if (stranger.meeting) continue;
      wait = std::min(wait, std::max<nanoseconds>(stranger.again_at - now, kHurriedSearch));
    }
    co_await discover_bell_.wait(wait);
  }
}

}  // namespace forkmend::daemon
