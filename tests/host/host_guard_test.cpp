// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The tests' own safety: what a killed test left behind is mended by the next one.
#include "support/lab/host_guard.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "support/lab/program.hpp"

namespace forkmend::testing {
namespace {

constexpr const char* kKnob = "/proc/sys/vm/overcommit_ratio";

TEST(HostGuard, PutsBackWhatItChanged) {
  const std::string before = read_file(kKnob);
  {
    HostGuard guard;
    guard.write(kKnob, "93");
    ASSERT_EQ(read_file(kKnob), "93\n");
  }
  EXPECT_EQ(read_file(kKnob), before);
}

TEST(HostGuard, TheNextOneMendsWhatAKilledTestLeft) {
  const std::string before = read_file(kKnob);
  const pid_t child = fork();
  if (child == 0) {
    HostGuard guard;
    guard.write(kKnob, "93");
    kill(getpid(), SIGKILL);
  }
  waitpid(child, nullptr, 0);
  ASSERT_EQ(read_file(kKnob), "93\n");
  const HostGuard next;
  EXPECT_EQ(read_file(kKnob), before);
}

}  // namespace
}  // namespace forkmend::testing
