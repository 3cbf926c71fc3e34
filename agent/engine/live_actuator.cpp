// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/live_actuator.hpp"

#include <utility>

#include "base/text.hpp"
#include "engine/step_access.hpp"
#include "engine/system_manager.hpp"
#include "host/process.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;
using remediations::StepType;
using remediations::Target;

namespace {

std::string said(const StepValue& value) {
  return value ? "\"" + printable(*value) + "\"" : "absent";
}

Error no_connection(const Target& target) {
  return Error{Errc::invalid, "it is not known here how to reach " + printable(target.endpoint)};
}

Error not_expected(const ChangeRequest& request, const StepValue& live) {
  return Error{Errc::changed, printable(to_string(request.target)) + " is " + said(live) +
                                  ", not " + said(request.expected) +
                                  " as expected: nothing was written"};
}

Result<StepValue> read_host(const host::Root& root, const Target& target) {
  switch (target.type) {
    case StepType::sysctl:
      return read_sysctl_step(root, target.name);
    case StepType::commit_limit:
      return read_commit_limit(root);
    case StepType::sysfs:
      return read_sysfs_step(root, target.name);
    case StepType::rlimit:
      return read_rlimit_step(root, target);
    case StepType::cgroup_file:
      return read_cgroup_step(root, target.name);
    case StepType::file:
      return read_own_file(root, target.name);
    case StepType::swap:
      return read_swap_step(root, target.name);
    case StepType::quarantine:
      return read_quarantine_step(root, target);
    case StepType::signal:
      return StepValue();
    case StepType::config:
    case StepType::config_file:
      return read_conf_file_step(root, target);
    case StepType::server_command:
      return read_server_command(target);
    case StepType::hook:
      break;
  }
  return Error{Errc::invalid, "not a target on the host"};
}

Result<void> write_host(const host::Root& root, const Target& target, const StepValue& value) {
  if (target.type == StepType::file) return write_own_file(root, target.name, value);
  if (target.type == StepType::signal) return send_signal_step(root, target);
  if (target.type == StepType::config_file) return write_conf_file_step(root, target, value);
  if (!value) return Error{Errc::invalid, printable(target.name) + " cannot be made absent"};
  switch (target.type) {
    case StepType::sysctl:
      return write_sysctl_step(root, target.name, *value);
    case StepType::commit_limit:
      return write_commit_limit(root, *value);
    case StepType::sysfs:
      return write_sysfs_step(root, target.name, *value);
    case StepType::rlimit:
      return write_rlimit_step(root, target, *value);
    case StepType::cgroup_file:
      return write_cgroup_step(root, target.name, *value);
    case StepType::quarantine:
      return write_quarantine_step(root, target, *value);
    case StepType::file:
    case StepType::config:
    case StepType::config_file:
    case StepType::server_command:
    case StepType::signal:
    case StepType::swap:
    case StepType::hook:
      break;
  }
  return Error{Errc::invalid, "not a target on the host"};
}

/// The server that the change was made on, whatever its endpoint leads to by now.
bool still_runs(const host::Root& root, const Target& target) {
  if (target.pid <= 0) return false;
  const auto stat = host::read_stat(root, target.pid);
  return stat && stat->start_time == target.process_start;
}

}  // namespace

ConnectionLookup lookup_in(std::vector<redis::ConnectionOptions> connections) {
  return [connections = std::move(connections)](
             const Target& target) -> std::optional<redis::ConnectionOptions> {
    for (const auto& options : connections) {
      if (to_string(options.endpoint) == target.endpoint) return options;
    }
    return std::nullopt;
  };
}

LiveActuator::LiveActuator(host::Root root, ConnectionLookup connections,
                           AfterwardsRunner afterwards)
    : root_(std::move(root)),
      connections_(std::move(connections)),
      afterwards_(std::move(afterwards)) {
  if (!afterwards_) afterwards_ = system_manager_runner(root_);
}

asio::awaitable<Result<StepValue>> LiveActuator::read(Target target) {
  if (target.type == StepType::hook) co_return co_await read_hook_step(std::move(target));
  if (target.type != StepType::config) co_return read_host(root_, target);
  auto options = connections_ ? connections_(target) : std::nullopt;
  if (!options) co_return no_connection(target);
  auto value = co_await read_config_step(*std::move(options), target);
  const bool elsewhere = !value && value.error().code == Errc::changed;
  if (elsewhere && still_runs(root_, target)) {
    // Its settings are in force: "gone with the process" would be wrong.
    co_return Error{Errc::busy, value.error().message + "; but pid " + std::to_string(target.pid) +
                                    ", for which the change was made, still runs: its own " +
                                    "endpoint is not reached from here"};
  }
  co_return value;
}

asio::awaitable<Result<void>> LiveActuator::write_server(ChangeRequest request) {
  const Target& target = request.target;
  auto options = connections_ ? connections_(target) : std::nullopt;
  if (!options) co_return no_connection(target);
  if (target.type == StepType::server_command) {
    co_return co_await run_server_command(*std::move(options), target);
  }
  if (!request.value) co_return Error{Errc::invalid, target.name + " cannot be made absent"};
  co_return co_await write_config_step(*std::move(options), target, *request.value);
}

asio::awaitable<Result<void>> LiveActuator::write(ChangeRequest request) {
  const Target& target = request.target;
  if (target.type == StepType::config || target.type == StepType::server_command) {
    co_return co_await write_server(std::move(request));
  }
  if (target.type == StepType::swap) {
    co_return co_await write_swap_step(root_, target.name, request.value);
  }
  if (target.type == StepType::hook) co_return co_await write_hook_step(target, request.value);
  auto written = write_host(root_, target, request.value);
  if (!written || target.afterwards.empty()) co_return written;
  auto told = co_await afterwards_(target.afterwards);
  if (!told) co_return told.error().during("telling systemd of " + printable(target.name));
  co_return ok();
}

asio::awaitable<Result<void>> LiveActuator::put_back(ChangeRequest request, StepValue live) {
  std::string says = printable(to_string(request.target)) + " took " + said(request.value) +
                     " and reads back as " + said(live);
  if (live == request.expected) co_return Error{Errc::invalid, says};
  ChangeRequest inverse = request;
  inverse.value = request.expected;
  const auto restored = co_await write(std::move(inverse));
  if (!restored) {
    says += "; putting " + said(request.expected) + " back failed: " + restored.error().message;
  } else {
    says += "; " + said(request.expected) + " was put back";
  }
  co_return Error{Errc::invalid, says};
}

asio::awaitable<Result<void>> LiveActuator::change(ChangeRequest request) {
  auto live = co_await read(request.target);
  if (!live) co_return live.error();
  if (*live != request.expected) co_return not_expected(request, *live);
  auto written = co_await write(request);
  if (!written || remediations::is_momentary(request.target.type)) co_return written;
  auto after = co_await read(request.target);
  if (!after) co_return after.error().during("reading back what was written");
  if (*after == request.value) co_return ok();
  co_return co_await put_back(std::move(request), *std::move(after));
}

asio::awaitable<std::uint64_t> LiveActuator::holder(Target target) {
  co_return target.type == StepType::cgroup_file ? cgroup_inode(root_, target.name) : 0;
}

}  // namespace forkmend::engine
