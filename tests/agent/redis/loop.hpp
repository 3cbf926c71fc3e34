// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "redis/connection.hpp"

namespace forkmend::testing {

/// An event loop that runs one coroutine at a time to its end.
class Loop {
 public:
  template <class T>
  Result<T> run(boost::asio::awaitable<Result<T>> work) {
    auto result = boost::asio::co_spawn(io_, std::move(work), boost::asio::use_future);
    io_.restart();
    io_.run();
    return result.get();
  }

  Result<std::unique_ptr<redis::Connection>> connect(redis::ConnectionOptions options) {
    return run(redis::Connection::connect(std::move(options)));
  }

  boost::asio::io_context& io() { return io_; }

 private:
  boost::asio::io_context io_;
};

/// Long enough that only a hanging test ever waits for it.
inline constexpr std::chrono::milliseconds kPatient{5000};
/// For the tests that wait for it.
inline constexpr std::chrono::milliseconds kShort{50};

inline redis::ConnectionOptions options_for(const std::string& url,
                                            std::chrono::milliseconds deadline = kPatient) {
  auto parsed = redis::parse_url(url).value();
  redis::ConnectionOptions options;
  options.endpoint = parsed.endpoint;
  options.credentials = parsed.credentials;
  options.deadline = deadline;
  return options;
}

}  // namespace forkmend::testing
