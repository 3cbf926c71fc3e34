// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/process_limit.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <string>

namespace forkmend::engine {

namespace {

struct Exchange {
  pid_t pid = 0;
  __rlimit_resource resource = RLIMIT_NPROC;
  const rlimit* wanted = nullptr;
  rlimit before{};
  int failure = 0;
};

void exchange(Exchange* call) {
  call->failure = prlimit(call->pid, call->resource, call->wanted, &call->before) == 0 ? 0 : errno;
}

/// Of this thread alone, which a program without a free pid still has: the C library's wrappers
/// would ask every thread. 0, or errno.
int set_real_ids(uid_t uid, gid_t gid) {
  constexpr int kAsItIs = -1;
  if (syscall(SYS_setresgid, gid, kAsItIs, kAsItIs) != 0) return errno;
  if (syscall(SYS_setresuid, uid, kAsItIs, kAsItIs) != 0) return errno;
  return 0;
}

/// The kernel lets pass whose real ids are the process's (check_prlimit_permission); the effective
/// ones, and with them all capabilities, stay ours.
void exchange_as(Exchange* call, uid_t uid, gid_t gid) {
  const uid_t our_uid = getuid();
  const gid_t our_gid = getgid();
  call->failure = set_real_ids(uid, gid);
  if (call->failure == 0) exchange(call);
  const int back = set_real_ids(our_uid, our_gid);
  assert(back == 0);
  static_cast<void>(back);
}

}  // namespace

Result<rlimit> exchange_limit(const host::Root& root, pid_t pid, __rlimit_resource resource,
                              const rlimit* wanted) {
  Exchange call{.pid = pid, .resource = resource, .wanted = wanted};
  exchange(&call);
  if (call.failure == EPERM && geteuid() == 0) {
    const auto owner = root.status("/proc/" + std::to_string(pid));
    if (owner && owner->uid != 0) exchange_as(&call, owner->uid, owner->gid);
  }
  if (call.failure == 0) return call.before;
  return errno_error(call.failure, "prlimit of pid " + std::to_string(pid));
}

}  // namespace forkmend::engine
