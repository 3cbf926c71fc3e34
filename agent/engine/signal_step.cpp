// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "base/descriptor.hpp"
#include "base/text.hpp"
#include "engine/save_children.hpp"
#include "engine/step_access.hpp"
#include "host/process.hpp"
#include "host/process_table.hpp"

namespace forkmend::engine {

namespace {

struct NamedSignal {
  std::string_view name;
  int number;
};

/// What ends a save child cleanly, and what lets a stopped one take it.
constexpr std::array<NamedSignal, 2> kSignals = {{{"SIGUSR1", SIGUSR1}, {"SIGCONT", SIGCONT}}};

Result<int> number_of(const std::string& name) {
  for (const NamedSignal& known : kSignals) {
    if (known.name == name) return known.number;
  }
  return Error{Errc::invalid, printable(name) + " is not a signal that can be sent"};
}

/// Nothing but a child of a server gets a signal, whoever asks.
Result<void> check_save_child(const host::Root& root, const remediations::Target& target) {
  const auto stat = host::read_stat(root, target.pid);
  if (!stat) return stat.error();
  if (stat->start_time != target.process_start) {
    return Error{Errc::changed, "pid " + std::to_string(target.pid) + " is another process by now"};
  }
  const auto table = host::process_table(root);
  if (!table) return table.error();
  const auto children = save_children(table->items());
  if (std::ranges::find(children, target.pid, &SaveChild::pid) != children.end()) return ok();
  return Error{Errc::invalid,
               "pid " + std::to_string(target.pid) + " is not a server's child that saves"};
}

/// pidfd_send_signal(2) reaches the process that the descriptor was opened for and no other. Absent
/// before 5.1, then the start time that was just compared must do.
int send(const Descriptor& process, pid_t pid, int number) {
  if (process.is_open()) {
    const auto fd = static_cast<long>(process.get());
    if (syscall(SYS_pidfd_send_signal, fd, number, nullptr, 0U) == 0) return 0;
    if (errno != ENOSYS && errno != EPERM) return errno;
  }
  return kill(pid, number) == 0 ? 0 : errno;
}

}  // namespace

Result<void> send_signal_step(const host::Root& root, const remediations::Target& target) {
  const auto number = number_of(target.name);
  if (!number) return number.error();
  if (!root.live()) {
    return Error{Errc::unsupported, "processes get signals on the running host only"};
  }
  if (target.pid <= 1 || target.process_start == 0) {
    return Error{Errc::invalid, "a process is named by its pid and start time"};
  }
  const auto pid = static_cast<pid_t>(target.pid);
  // Before the start time is compared: once that fits, the descriptor is of the process meant.
  const Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0U)));
  auto meant = check_save_child(root, target);
  if (!meant) return meant;
  const int error = send(process, pid, *number);
  if (error == 0) return ok();
  return errno_error(error, "sending " + target.name + " to pid " + std::to_string(pid));
}

}  // namespace forkmend::engine
