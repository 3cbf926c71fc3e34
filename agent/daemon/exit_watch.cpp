// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/exit_watch.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

#include "host/process.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;

Result<Descriptor> open_process(const host::Root& root, std::int64_t pid,
                                std::uint64_t start_time) {
  // glibc has a wrapper from 2.36 on only.
  Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0)));
  if (!process.is_open()) {
    const int failure = errno;
    Error error = errno_error(failure, "pidfd_open");
    if (failure == ENOSYS) error.code = Errc::unsupported;
    return error;
  }
  // Open by now: if it is still the same process, the descriptor is its own.
  const auto stat = host::read_stat(root, pid);
  if (!stat || stat->start_time != start_time) {
    return Error{Errc::not_found, "the process has ended"};
  }
  return process;
}

asio::awaitable<void> wait_for_exit(Descriptor process) {
  asio::posix::stream_descriptor pidfd(co_await asio::this_coro::executor);
  pidfd.assign(process.get());
  (void)process.release();
  co_await pidfd.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
}

}  // namespace forkmend::daemon
