// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace forkmend::daemon {

/// Wakes one coroutine that waits, also when it is rung before the wait begins. One thread.
class Bell {
 public:
  explicit Bell(const boost::asio::any_io_executor& executor) : timer_(executor) {}

  void ring() {
    rung_ = true;
    timer_.cancel();
  }

  /// Until it is rung, at most so long; true when it was rung.
  boost::asio::awaitable<bool> wait(std::chrono::nanoseconds most) {
    if (!rung_) {
      timer_.expires_after(std::chrono::duration_cast<boost::asio::steady_timer::duration>(most));
      boost::system::error_code woken;
      co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    }
    const bool rung = rung_;
    rung_ = false;
    co_return rung;
  }

 private:
  boost::asio::steady_timer timer_;
  bool rung_ = false;
};

}  // namespace forkmend::daemon
