// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <string>

#include "base/result.hpp"
#include "host/kernel_event.hpp"
#include "host/kmsg.hpp"

namespace forkmend::daemon {

/// Follows the kernel log from now on.
class KernelFollower {
 public:
  using OnEvent = std::function<void(const host::KernelEvent&, const host::KernelMessage&)>;

  KernelFollower(const boost::asio::any_io_executor& executor, OnEvent on_event);

  /// Errors: permission_denied under dmesg_restrict without CAP_SYSLOG.
  [[nodiscard]] Result<void> open(const std::string& device = "/dev/kmsg");

  /// Until it is cancelled, or the device ends. At most so many records in one go; a flood that the
  /// kernel overwrites before it is read is lost, and what follows it is read.
  [[nodiscard]] boost::asio::awaitable<void> run();

 private:
  bool read_some();

  boost::asio::posix::stream_descriptor device_;
  OnEvent on_event_;
};

}  // namespace forkmend::daemon
