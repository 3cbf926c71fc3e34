// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "base/units.hpp"

namespace forkmend::redis {

/// Lets no exception out of a coroutine: a cancelled one is Errc::cancelled, the rest Errc::io.
template <class T>
boost::asio::awaitable<Result<T>> contained(boost::asio::awaitable<Result<T>> work) {
  try {
    co_return co_await std::move(work);
  } catch (const boost::system::system_error& failure) {
    if (failure.code() == boost::asio::error::operation_aborted) {
      co_return Error{Errc::cancelled, "it was cancelled"};
    }
    co_return Error{Errc::io, failure.what(), failure.code().value()};
  } catch (const std::exception& failure) {
    co_return Error{Errc::io, failure.what()};
  }
}

template <class T>
boost::asio::awaitable<Result<T>> race(std::chrono::milliseconds deadline,
                                       boost::asio::awaitable<Result<T>> work) {
  using boost::asio::experimental::awaitable_operators::operator||;
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, deadline);
  auto first =
      co_await (contained(std::move(work)) || timer.async_wait(boost::asio::use_awaitable));
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  co_return Error{Errc::timeout, "no answer within " + format_duration(deadline)};
}

/// The one way to wait for the outside: the result of the work, or Errc::timeout once the deadline
/// has passed; Errc::cancelled when the caller itself is cancelled. In both cases the pending
/// operation is cancelled and has ended before this returns, so that nothing still uses what the
/// caller then destroys. Throws nothing.
///
/// A race with a timer on every Boost, not asio::cancel_after where there is one (1.86): that tells
/// both cases by the same operation_aborted.
template <class T>
boost::asio::awaitable<Result<T>> within(std::chrono::milliseconds deadline,
                                         boost::asio::awaitable<Result<T>> work) {
  return contained(race(deadline, std::move(work)));
}

}  // namespace forkmend::redis
