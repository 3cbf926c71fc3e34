// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <utility>

namespace forkmend::testing {

/// The value of a coroutine, run to its end on a loop of its own.
template <class T>
T await(boost::asio::awaitable<T> work) {
  boost::asio::io_context context;
  auto result = boost::asio::co_spawn(context, std::move(work), boost::asio::use_future);
  context.run();
  return result.get();
}

}  // namespace forkmend::testing
