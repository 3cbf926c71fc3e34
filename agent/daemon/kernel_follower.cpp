// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/kernel_follower.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <utility>

#include "base/descriptor.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kRecordLimit = 8192;  // CONSOLE_EXT_LOG_MAX
constexpr int kMostAtOnce = 256;

/// In a flood: what the kernel overwrites meanwhile is as good as what it keeps.
constexpr std::chrono::milliseconds kFloodPause{50};

}  // namespace

KernelFollower::KernelFollower(const asio::any_io_executor& executor, OnEvent on_event)
    : device_(executor), on_event_(std::move(on_event)) {}

Result<void> KernelFollower::open(const std::string& device) {
  Descriptor opened(::open(device.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!opened.is_open()) return errno_error(errno, "opening " + device);
  if (lseek(opened.get(), 0, SEEK_END) < 0) return errno_error(errno, "going to the end of it");
  boost::system::error_code failure;
  device_.assign(opened.get(), failure);
  if (failure) return errno_error(failure.value(), "watching " + device);
  (void)opened.release();
  return ok();
}

/// One record; false when there is none now. Each read() gives one.
bool KernelFollower::read_some() {
  std::array<char, kRecordLimit> buffer{};
  const ssize_t got = read(device_.native_handle(), buffer.data(), buffer.size());
  // EPIPE: the kernel overwrote what was next, and has moved us on.
  if (got <= 0) return got < 0 && (errno == EPIPE || errno == EINTR || errno == EINVAL);
  const auto message = host::parse_kmsg_record({buffer.data(), static_cast<std::size_t>(got)});
  if (!message) return true;
  if (const auto event = host::parse_kernel_event(message->text)) on_event_(*event, *message);
  return true;
}

asio::awaitable<void> KernelFollower::run() {
  asio::steady_timer pause(device_.get_executor());
  while (device_.is_open()) {
    co_await device_.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
    int records = 0;
    while (records < kMostAtOnce && read_some()) ++records;
    if (records < kMostAtOnce) continue;
    pause.expires_after(kFloodPause);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

}  // namespace forkmend::daemon
