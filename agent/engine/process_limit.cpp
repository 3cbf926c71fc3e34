// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/process_limit.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <thread>

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
  if (prlimit(call->pid, call->resource, call->wanted, &call->before) != 0) call->failure = errno;
}

/// The system calls themselves: the C library's wrappers would change every thread.
void exchange_as(Exchange* call, uid_t uid, gid_t gid) {
  if (syscall(SYS_setresgid, gid, gid, gid) != 0 || syscall(SYS_setresuid, uid, uid, uid) != 0) {
    call->failure = errno;
    return;
  }
  exchange(call);
}

}  // namespace

Result<rlimit> exchange_limit(const host::Root& root, pid_t pid, __rlimit_resource resource,
                              const rlimit* wanted) {
  Exchange call{.pid = pid, .resource = resource, .wanted = wanted};
  exchange(&call);
  if (call.failure == EPERM && geteuid() == 0) {
    const auto owner = root.status("/proc/" + std::to_string(pid));
    if (owner && owner->uid != 0) {
      call.failure = 0;
      std::thread(exchange_as, &call, owner->uid, owner->gid).join();
    }
  }
  if (call.failure == 0) return call.before;
  return errno_error(call.failure, "prlimit of pid " + std::to_string(pid));
}

}  // namespace forkmend::engine
