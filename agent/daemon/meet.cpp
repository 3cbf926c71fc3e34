// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A server that is new is looked at, and then watched; or it is tried again, after longer and
// longer.
#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/log.hpp"
#include "daemon/agent_loop.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;
using std::chrono::nanoseconds;

namespace {

constexpr std::chrono::seconds kFirstRetry{1};

}  // namespace

std::string process_key(std::int64_t pid, std::uint64_t start_time) {
  return std::to_string(pid) + "/" + std::to_string(start_time);
}

asio::awaitable<void> AgentLoop::turn_to_meet() {
  while (meetings_ >= kMostMeetings) {
    boost::system::error_code woken;
    co_await meet_turn_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
  ++meetings_;
}

void AgentLoop::meeting_is_over() {
  --meetings_;
  meet_turn_.cancel();
  // Others may have waited for that.
  if (meetings_ == kMostMeetings / 2) discover_bell_.ring();
}

/// Without the lists of servers, which may be long.
engine::TargetRequest AgentLoop::how_to_look() const {
  const engine::TargetRequest& targets = options_->targets;
  return {.named = {},
          .known = {},
          .discover = targets.discover,
          .credentials = targets.credentials,
          .deadline = targets.deadline,
          .state_dir = targets.state_dir};
}

asio::awaitable<void> AgentLoop::meet_named(redis::ConnectionOptions named) {
  std::string key = to_string(named.endpoint);
  auto how = how_to_look();
  // Not one for all: a name may take long to look up, and a server that began to listen meanwhile
  // would be none of this host.
  auto moment = root_.caching();
  auto look = co_await engine::observe_named(std::move(moment), std::move(named), std::move(how));
  meeting_is_over();
  co_await met(std::move(key), std::move(look));
}

asio::awaitable<void> AgentLoop::meet_found(host::Root root, redis::FoundServer server) {
  std::string key = process_key(server.pid, server.start_time);
  co_await turn_to_meet();
  auto how = how_to_look();
  auto look = co_await engine::observe_found(std::move(root), std::move(server), std::move(how));
  meeting_is_over();
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
  const auto instance = std::make_shared<Instance>();
  instance->endpoint = name_for(look);
  if (const InstancePtr old = find(instance->endpoint)) {
    leave(old, "another process answers there now");
  }
  instance->key = std::move(key);
  instance->options = look.instance->connection;
  instance->shown = &shown(instance->endpoint);
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

}  // namespace forkmend::daemon
