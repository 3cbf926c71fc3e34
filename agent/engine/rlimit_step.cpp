// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <string_view>
#include <utility>

#include "base/descriptor.hpp"
#include "base/text.hpp"
#include "engine/process_limit.hpp"
#include "engine/step_access.hpp"
#include "host/process.hpp"

namespace forkmend::engine {

namespace {

using Resource = __rlimit_resource;

struct NamedResource {
  std::string_view name;
  Resource resource;
};

constexpr std::array<NamedResource, 7> kResources = {{{"nproc", RLIMIT_NPROC},
                                                      {"nofile", RLIMIT_NOFILE},
                                                      {"fsize", RLIMIT_FSIZE},
                                                      {"as", RLIMIT_AS},
                                                      {"data", RLIMIT_DATA},
                                                      {"memlock", RLIMIT_MEMLOCK},
                                                      {"stack", RLIMIT_STACK}}};

Result<Resource> resource_of(const std::string& name) {
  for (const NamedResource& known : kResources) {
    if (known.name == name) return known.resource;
  }
  return Error{Errc::invalid, printable(name) + " is not a resource limit that can be changed"};
}

std::string limit_text(rlim_t value) {
  return value == RLIM_INFINITY ? "unlimited" : std::to_string(value);
}

std::optional<rlim_t> parse_limit(std::string_view text) {
  if (text == "unlimited") return RLIM_INFINITY;
  const auto number = parse_integer(text);
  if (!number || *number < 0) return std::nullopt;
  return static_cast<rlim_t>(*number);
}

Result<rlimit> parse_limits(const std::string& value) {
  const auto parts = split(value, ':');
  if (parts.size() == 2) {
    const auto soft = parse_limit(parts[0]);
    const auto hard = parse_limit(parts[1]);
    if (soft && hard && *soft <= *hard) return rlimit{.rlim_cur = *soft, .rlim_max = *hard};
  }
  return Error{Errc::invalid, "a limit is \"soft:hard\", not \"" + printable(value) + "\""};
}

/// Holds on to one process while its limit is read or written.
class Process {
 public:
  /// The pidfd is taken before the start time is compared: once that fits, the descriptor is of the
  /// process that was meant, and still_there() tells whether the pid was its own all the time.
  static Result<std::optional<Process>> find(const host::Root& root,
                                             const remediations::Target& target) {
    if (!root.live()) {
      return Error{Errc::unsupported, "limits of processes exist on the running host only"};
    }
    if (target.pid <= 0 || target.process_start == 0) {
      return Error{Errc::invalid, "a process is named by its pid and start time"};
    }
    Process process(static_cast<pid_t>(target.pid), target.process_start);
    // Absent before 5.3 and where seccomp forbids it: then the start time alone must do.
    process.handle_ = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, process.pid_, 0U)));
    const auto same = process.started_as_meant(root);
    if (!same) return same.error();
    if (!*same) return std::optional<Process>();
    return std::optional<Process>(std::move(process));
  }

  Result<rlimit> exchange(const host::Root& root, Resource resource, const rlimit* wanted) const {
    return exchange_limit(root, pid_, resource, wanted);
  }

  Result<bool> still_there(const host::Root& root) const {
    if (!handle_.is_open()) return started_as_meant(root);
    // A pidfd becomes readable when the process ends (pidfd_open(2)).
    pollfd waiting{.fd = handle_.get(), .events = POLLIN, .revents = 0};
    return poll(&waiting, 1, 0) == 0;
  }

 private:
  Process(pid_t pid, std::uint64_t start) : pid_(pid), start_(start) {}

  Result<bool> started_as_meant(const host::Root& root) const {
    const auto stat = host::read_stat(root, pid_);
    if (stat) return stat->start_time == start_;
    if (stat.error().code == Errc::not_found) return false;
    return stat.error();
  }

  pid_t pid_;
  std::uint64_t start_;
  Descriptor handle_;
};

Error gone(const remediations::Target& target) {
  return Error{Errc::not_found, "pid " + std::to_string(target.pid) + " has ended", ESRCH};
}

}  // namespace

Result<StepValue> read_rlimit_step(const host::Root& root, const remediations::Target& target) {
  const auto resource = resource_of(target.name);
  if (!resource) return resource.error();
  const auto process = Process::find(root, target);
  if (!process) return process.error();
  if (!*process) return StepValue();
  const auto limits = (*process)->exchange(root, *resource, nullptr);
  const auto there = (*process)->still_there(root);
  if (!there) return there.error();
  if (!*there) return StepValue();
  if (!limits) return limits.error();
  return StepValue(limit_text(limits->rlim_cur) + ":" + limit_text(limits->rlim_max));
}

Result<void> write_rlimit_step(const host::Root& root, const remediations::Target& target,
                               const std::string& value) {
  const auto resource = resource_of(target.name);
  if (!resource) return resource.error();
  const auto wanted = parse_limits(value);
  if (!wanted) return wanted.error();
  const auto process = Process::find(root, target);
  if (!process) return process.error();
  if (!*process) return gone(target);
  const auto before = (*process)->exchange(root, *resource, &*wanted);
  if (!before) return before.error();
  const auto there = (*process)->still_there(root);
  if (!there) return there.error();
  if (!*there) return gone(target);
  return ok();
}

}  // namespace forkmend::engine
