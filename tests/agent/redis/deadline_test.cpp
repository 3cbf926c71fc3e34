// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/deadline.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <optional>
#include <stdexcept>

#include "agent/redis/loop.hpp"

namespace forkmend::redis {
namespace {

namespace asio = boost::asio;
using forkmend::testing::kPatient;
using forkmend::testing::kShort;
using forkmend::testing::Loop;

asio::awaitable<Result<int>> give(int value) {
  co_return value;
}

asio::awaitable<Result<int>> fail() {
  throw std::runtime_error("out of luck");
  co_return 0;
}

/// Waits for ever, holding something whose end can be seen from outside.
asio::awaitable<Result<int>> wait_for_ever(std::shared_ptr<int> held) {
  asio::steady_timer timer(co_await asio::this_coro::executor,
                           asio::steady_timer::time_point::max());
  co_await timer.async_wait(asio::use_awaitable);
  co_return *held;
}

asio::awaitable<Result<int>> hold_until_late(std::shared_ptr<int> held) {
  auto result = co_await within(kShort, wait_for_ever(held));
  if (held.use_count() != 2) co_return held.use_count();  // ours and the test's
  co_return result;
}

TEST(Deadline, LetsTheResultThrough) {
  Loop loop;
  EXPECT_EQ(loop.run(within(kPatient, give(7))).value(), 7);
}

TEST(Deadline, EndsTheWorkBeforeItReturns) {
  Loop loop;
  const auto held = std::make_shared<int>(0);
  const auto result = loop.run(hold_until_late(held));
  ASSERT_FALSE(result) << *result << " owners";
  EXPECT_EQ(result.error().code, Errc::timeout);
  EXPECT_EQ(result.error().message, "no answer within 50 ms");
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Deadline, TellsCancellationFromLateness) {
  Loop loop;
  asio::cancellation_signal stop;
  std::optional<Errc> code;
  const auto held = std::make_shared<int>(0);
  asio::co_spawn(loop.io(), within(kPatient, wait_for_ever(held)),
                 asio::bind_cancellation_slot(
                     stop.slot(), [&code](const std::exception_ptr&, const Result<int>& result) {
                       code = result ? Errc::io : result.error().code;
                     }));
  asio::post(loop.io(), [&stop] { stop.emit(asio::cancellation_type::terminal); });
  loop.io().run();
  EXPECT_EQ(code, Errc::cancelled);
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Deadline, TurnsExceptionsIntoErrors) {
  Loop loop;
  const auto result = loop.run(within(kPatient, fail()));
  EXPECT_EQ(result.error().code, Errc::io);
  EXPECT_EQ(result.error().message, "out of luck");
}

TEST(Deadline, NestsWithTheShorterOneWinning) {
  Loop loop;
  const auto held = std::make_shared<int>(0);
  const auto result = loop.run(within(kPatient, within(kShort, wait_for_ever(held))));
  EXPECT_EQ(result.error().message, "no answer within 50 ms");
}

}  // namespace
}  // namespace forkmend::redis
