// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/child_rules.hpp"

#include <sched.h>

#include <array>
#include <cerrno>
#include <string>

#include "base/text.hpp"
#include "host/process.hpp"
#include "host/process_table.hpp"

namespace forkmend::host {

namespace {

bool is_live_init(const Root& root, const ProcessRow& row, std::uint64_t wanted) {
  if (row.namespace_pids.empty() || row.namespace_pids.back() != 1) return false;
  const auto space = read_namespace(root, row.pid, "pid");
  const auto stat = read_stat(root, row.pid);
  return space && *space == wanted && stat && stat->state != 'Z' && stat->state != 'X';
}

Result<bool> find_init(const Root& root, std::uint64_t wanted) {
  auto hidden = hides_processes(root);
  if (!hidden) return hidden.error();
  if (*hidden) return Error{Errc::permission_denied, "/proc does not show all processes"};
  auto rows = process_table(root);
  if (!rows) return rows.error();
  for (const ProcessRow& row : *rows) {
    if (is_live_init(root, row, wanted)) return true;
  }
  return false;
}

}  // namespace

std::string_view sched_policy_name(std::int64_t policy) {
  constexpr std::array<std::string_view, 8> kNames = {"other", "fifo", "rr",       "batch",
                                                      "",      "idle", "deadline", "ext"};
  if (policy < 0 || policy >= static_cast<std::int64_t>(kNames.size())) return {};
  return kNames.at(static_cast<std::size_t>(policy));
}

Result<bool> read_reset_on_fork(const Root& root, std::int64_t pid) {
  if (!root.live()) return Error{Errc::unsupported, "no file holds it: not in a captured tree"};
  const int policy = sched_getscheduler(static_cast<pid_t>(pid));
  if (policy >= 0) return (static_cast<unsigned>(policy) & SCHED_RESET_ON_FORK) != 0;
  const Errc code = errno == ESRCH ? Errc::not_found : Errc::permission_denied;
  return Error{code, "sched_getscheduler of pid " + std::to_string(pid)};
}

Result<bool> children_have_init(const Root& root, std::int64_t pid) {
  auto own = read_namespace(root, pid, "pid");
  if (!own) return own.error();
  auto children = read_namespace(root, pid, "pid_for_children");
  if (!children && children.error().code == Errc::not_found) {
    return Error{Errc::not_found, "no process was ever born there, or this kernel is before 4.12"};
  }
  if (!children) return children.error();
  if (*own == *children) return true;
  return find_init(root, *children);
}

}  // namespace forkmend::host
