// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Which servers there are. The table of processes is read often; sockets and servers are asked only
// where a process is new, or could not be reached the last time.
#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "daemon/agent_loop.hpp"
#include "engine/leases.hpp"
#include "host/process_table.hpp"
#include "redis/server_process.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;
using std::chrono::nanoseconds;

namespace {

constexpr std::chrono::seconds kFirstRetry{1};
constexpr std::chrono::seconds kLongestRetry{60};
constexpr std::chrono::milliseconds kHurriedSearch{200};
constexpr std::chrono::seconds kHurry{5};
constexpr std::chrono::seconds kRound{10};
constexpr std::chrono::minutes kShownAfterEnd{10};

/// "812/44102": a pid may be used again, with its start time it is one process.
std::string process_key(std::int64_t pid, std::uint64_t start_time) {
  return std::to_string(pid) + "/" + std::to_string(start_time);
}

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
    strangers_[key].meeting = true;
    work_.spawn("meeting " + key, meet_named(named));
  }
}

asio::awaitable<void> AgentLoop::meet_named(redis::ConnectionOptions named) {
  std::string key = to_string(named.endpoint);
  auto look = co_await engine::observe_named(root_, std::move(named), options_->targets);
  co_await met(std::move(key), std::move(look));
}

asio::awaitable<void> AgentLoop::meet_found(host::Root root, redis::FoundServer server) {
  std::string key = process_key(server.pid, server.start_time);
  auto look = co_await engine::observe_found(std::move(root), std::move(server), options_->targets);
  co_await met(std::move(key), std::move(look));
}

/// Its URL, as plans and the journal have it; where several network namespaces have a server with
/// the same one, the later ones get their pid behind it.
std::string AgentLoop::name_for(const engine::ServerLook& look) const {
  const InstancePtr other = find(look.endpoint);
  const bool elsewhere =
      other && other->options.network_namespace != look.instance->connection.network_namespace;
  return elsewhere ? look.endpoint + " (pid " + std::to_string(look.pid) + ")" : look.endpoint;
}

/// Tried again, after longer and longer.
void AgentLoop::not_met(const std::string& key, const engine::ServerLook& look) {
  Stranger& stranger = strangers_[key];
  stranger.meeting = false;
  stranger.wait =
      std::min<nanoseconds>(std::max<nanoseconds>(stranger.wait * 2, kFirstRetry), kLongestRetry);
  stranger.again_at = read_clock().boot + stranger.wait;
  InstanceState& seen = shown(look.endpoint);
  const std::string because = look.failure ? look.failure->message : "it did not answer";
  if (seen.unreachable_because != because) {
    log::write(log::Level::warning, {}, look.endpoint + ": " + because);
  }
  seen.endpoint = look.endpoint;
  seen.pid = look.pid;
  seen.reachable = false;
  seen.unreachable_because = because;
  seen.polled_at = read_clock().wall;
}

asio::awaitable<void> AgentLoop::met(std::string key, engine::ServerLook look) {
  if (stopping_) co_return;
  if (!look.instance) co_return not_met(key, look);
  strangers_.erase(key);
  const auto instance = std::make_shared<Instance>(executor_);
  instance->endpoint = name_for(look);
  if (const InstancePtr old = find(instance->endpoint)) {
    leave(old, "another process answers there now");
  }
  instance->key = std::move(key);
  instance->options = look.instance->connection;
  instances_.insert_or_assign(instance->endpoint, instance);
  begin_watching(instance, *look.instance);
  instance->busy = true;
  Event event{.source = EventSource::discovery,
              .meaning = EventMeaning::look,
              .endpoint = instance->endpoint,
              .seen = read_clock().boot,
              .delay = {},
              .says = "it was met"};
  co_await take_look(instance, std::move(event), std::move(*look.instance));
  look_is_over(instance);
}

void AgentLoop::leave(const InstancePtr& instance, const std::string& because) {
  log::write(log::Level::info, {}, instance->endpoint + ": not watched any more: " + because);
  instance->gone = true;
  for (const TaskGroup::TaskId task : instance->tasks) sources_.cancel(task);
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

/// A change with a lease ends at its time whatever the mode is: that was promised when it was made.
asio::awaitable<void> AgentLoop::end_leases() {
  if (mending_) co_return;
  mending_ = true;
  const auto ended = co_await engine::end_leases_of_host(
      root_, options_->state_dir, engine::lookup_for(root_, options_->targets));
  mending_ = false;
  mend_turn_.cancel();
  if (ended) {
    engine::log_ended(*ended);
  } else {
    log::write(log::Level::error, {}, "leases: " + ended.error().message);
  }
}

/// Servers that ended a while ago, and processes that were none.
void AgentLoop::forget_old() {
  const Now now = read_clock();
  std::erase_if(state().instances, [&](const auto& entry) {
    return !instances_.contains(entry.first) && now.wall - entry.second.polled_at > kShownAfterEnd;
  });
  std::erase_if(strangers_, [&](const auto& entry) {
    return !entry.second.meeting && now.boot - entry.second.again_at > kShownAfterEnd;
  });
  engine::SampleStore(options_->state_dir).forget_old(now.wall);
}

void AgentLoop::search() {
  state().mode = to_string(options_->policy.mode);
  const engine::TargetRequest& targets = options_->targets;
  search_named(targets.named.empty() ? targets.known : targets.named);
  if (targets.named.empty() && targets.discover) search_found();
  const auto now = read_clock().boot;
  if (now < next_round_) return;
  next_round_ = now + kRound;
  forget_old();
  logs_.check_all();
  // Not cancelled half way: a change of the host is among it.
  work_.spawn("ending leases", end_leases());
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
