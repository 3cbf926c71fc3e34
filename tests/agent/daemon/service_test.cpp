// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/service.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <csignal>
#include <exception>

#include "support/temp_dir.hpp"

namespace forkmend::daemon {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using ::forkmend::testing::TempDir;

constexpr std::chrono::milliseconds kTellEvery{1};

/// A service that watches nobody, on a host whose every step takes longer than its timers: one of
/// them is due whenever something ends.
class SlowService : public ::testing::Test {
 protected:
  SlowService() {
    ServiceOptions options;
    options.agent.state_dir = (dir_.path() / "state").string();
    options.agent.targets.discover = false;
    options.agent.stop_requested = [] { return false; };
    options.control_socket = (dir_.path() / "control.sock").string();
    options.teller.listen = "off";
    options.tell_every = kTellEvery;
    asio::co_spawn(io_, run_service(host::Root(dir_.path()), std::move(options)),
                   [this](const std::exception_ptr& thrown) {
                     ended_ = true;
                     thrown_ = thrown != nullptr;
                   });
  }

  void step() {
    ASSERT_EQ(io_.run_one_for(10s), 1U);
    const auto due = std::chrono::steady_clock::now() + 2 * kTellEvery;
    while (std::chrono::steady_clock::now() < due) continue;
  }

  TempDir dir_;
  asio::io_context io_{1};
  bool ended_ = false;
  bool thrown_ = false;
};

TEST_F(SlowService, EndsWithATimerThatIsDue) {
  for (int i = 0; i < 50; ++i) ASSERT_NO_FATAL_FAILURE(step());
  std::raise(SIGTERM);  // which its signal sets have by now
  while (!ended_) ASSERT_NO_FATAL_FAILURE(step());
  EXPECT_FALSE(thrown_);
  io_.run_for(10s);
  EXPECT_TRUE(io_.stopped()) << "something of it goes on for ever";
}

}  // namespace
}  // namespace forkmend::daemon
