// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "integration/agent_in_process.hpp"

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <stdexcept>
#include <variant>

#include "redis/endpoint.hpp"
#include "remediations/remediation.hpp"

namespace forkmend::testing {

namespace {

policy::Policy parsed(const std::string& text) {
  auto loaded = policy::parse_policy(text, "test.toml", remediations::remedy_declarations());
  if (auto* errors = std::get_if<std::vector<policy::PolicyError>>(&loaded)) {
    throw std::runtime_error(to_string(errors->front()));
  }
  return std::get<policy::Policy>(std::move(loaded));
}

}  // namespace

AgentInProcess::AgentInProcess(const std::vector<std::string>& urls, const std::string& policy,
                               const std::function<void(daemon::AgentOptions&)>& set)
    : options_(std::make_shared<daemon::AgentOptions>()) {
  for (const std::string& url : urls) {
    redis::ConnectionOptions named;
    named.endpoint = redis::parse_url(url)->endpoint;
    options_->targets.named.push_back(std::move(named));
  }
  options_->policy = parsed(policy);
  options_->state_dir = dir_.path() / "state";
  options_->targets.state_dir = options_->state_dir;
  options_->interval = std::chrono::hours(1);
  options_->headroom = std::chrono::hours(1);
  options_->state = std::make_shared<daemon::AgentState>();
  options_->stop_requested = [this] { return stop_; };
  options_->on_incident = [this](const daemon::IncidentNews& news) { news_.push_back(news); };
  if (set) set(*options_);
  boost::asio::co_spawn(io_, daemon::run_agent(host::Root("/"), options_),
                        [this](const std::exception_ptr& thrown) {
                          ended_ = true;
                          if (thrown) std::rethrow_exception(thrown);
                        });
}

AgentInProcess::~AgentInProcess() {
  stop_ = true;
  (void)wait_until([this] { return ended_; });
}

bool AgentInProcess::wait_until(const std::function<bool()>& holds, std::chrono::seconds deadline) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    io_.run_one_until(end);
  }
  return true;
}

bool AgentInProcess::wait_until_watched(const std::string& url) {
  return wait_until([&] {
    const auto found = options_->state->instances.find(url);
    return found != options_->state->instances.end() && found->second.reachable &&
           found->second.pid != 0;
  });
}

const daemon::IncidentNews* AgentInProcess::wait_for_incident(
    const std::function<bool(const daemon::IncidentNews&)>& fits) {
  const daemon::IncidentNews* found = nullptr;
  (void)wait_until([&] {
    for (const auto& one : news_) {
      if (one.closed && fits(one)) found = &one;
    }
    return found != nullptr;
  });
  return found;
}

const daemon::InstanceState& AgentInProcess::instance(const std::string& url) const {
  return options_->state->instances.at(url);
}

const daemon::SourceState& AgentInProcess::source(daemon::EventSource source) const {
  return options_->state->sources.at(static_cast<std::size_t>(source));
}

ServerOptions ordinary_server() {
  ServerOptions options;
  options.run_as = ordinary_user();
  options.arguments = {"--save", "3600 1"};
  return options;
}

}  // namespace forkmend::testing
