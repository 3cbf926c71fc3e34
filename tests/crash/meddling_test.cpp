// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Somebody else acts while forkmend is in the middle of a fix of a real server: the server stops
// answering, dies, is replaced, is promoted; an administrator changes the knob.
#include <gtest/gtest.h>
#include <sys/types.h>

#include <csignal>
#include <functional>
#include <memory>
#include <vector>

#include "crash/fix_on_server.hpp"
#include "crash/run_table.hpp"

namespace forkmend::testing {
namespace {

/// Does `meddle` once, right before a system call that may change something, when `is_time`.
Decide meddling(std::function<bool(const SystemCall&)> is_time, std::function<void()> meddle) {
  auto done = std::make_shared<bool>(false);
  return [is_time = std::move(is_time), meddle = std::move(meddle), done](const SystemCall& call) {
    if (!*done && may_change(call) && is_time(call)) {
      *done = true;
      meddle();
    }
    return Verdict{};
  };
}

/// At the n-th such call.
std::function<bool(const SystemCall&)> at_call(std::size_t moment) {
  auto seen = std::make_shared<std::size_t>(0);
  return [moment, seen](const SystemCall&) { return (*seen)++ == moment; };
}

/// As soon as the limit is not the broken one any more: the change is made, not proven yet.
std::function<bool(const SystemCall&)> once_changed(const FixOnServer& one) {
  return
      [&one](const SystemCall&) { return nproc_limits(one.server().pid()) != one.broken_limits(); };
}

std::size_t calls_of(FixOnServer& one) {
  std::size_t seen = 0;
  one.begin();
  const auto end = one.fix([&](const SystemCall& call) {
    if (may_change(call)) ++seen;
    return Verdict{};
  });
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_EQ(one.forkmend({"rollback", "--all"}).exit_code, 0);
  EXPECT_EQ(nproc_limits(one.server().pid()), one.broken_limits());
  return seen;
}

TEST(Meddling, AnAdministratorsValueIsLeftAlone) {
  FixOnServer one;
  one.begin();
  const auto end =
      one.fix(meddling(once_changed(one), [&] { set_nproc(one.server().pid(), "77:"); }));
  EXPECT_GE(end.exit_code, 0);
  EXPECT_TRUE(nproc_limits(one.server().pid()).starts_with("77:"));
  static_cast<void>(one.forkmend({"rollback", "--all"}));
  EXPECT_TRUE(nproc_limits(one.server().pid()).starts_with("77:"));
  EXPECT_EQ(one.change_states(), "released");
}

TEST(Meddling, AServerThatStopsAnsweringIsAsBefore) {
  FixOnServer one;
  const std::size_t all = calls_of(one);
  // It waits for the server until its patience ends: a minute each.
  const auto chosen = every_moment() ? std::vector{all / 2, all * 3 / 4} : std::vector{all * 3 / 4};
  for (const std::size_t moment : chosen) {
    SCOPED_TRACE("stopped at " + std::to_string(moment) + " of " + std::to_string(all));
    one.begin();
    const pid_t pid = one.server().pid();
    const auto end = one.fix(meddling(at_call(moment), [pid] { kill(pid, SIGSTOP); }));
    EXPECT_GE(end.exit_code, 0);
    kill(pid, SIGCONT);
    one.start_again();
    const bool healed = one.incident_state() == "healed";
    EXPECT_EQ(nproc_limits(pid) == one.broken_limits(), !healed) << one.incident_state();
    EXPECT_EQ(one.forkmend({"rollback", "--all"}).exit_code, 0);
    EXPECT_EQ(nproc_limits(pid), one.broken_limits());
  }
}

TEST(Meddling, AServerThatDiesTakesItsLimitAlong) {
  for (const std::size_t part : {2U, 3U}) {
    FixOnServer one;
    const std::size_t moment = calls_of(one) * part / 4;
    one.begin();
    const auto end = one.fix(meddling(at_call(moment), [&] { one.server().kill_now(); }));
    EXPECT_GT(end.exit_code, 0);
    one.start_again();
    EXPECT_NE(one.incident_state(), "healed");
    EXPECT_NE(one.incident_state(), "open");
    EXPECT_EQ(one.forkmend({"rollback", "--all"}).exit_code, 0);
  }
}

TEST(Meddling, TheServerThatReplacesItIsNotTouched) {
  for (const std::size_t part : {2U, 3U}) {
    FixOnServer one;
    const std::size_t moment = calls_of(one) * part / 4;
    one.begin();
    std::string of_new;
    const auto end = one.fix(meddling(at_call(moment), [&] {
      one.replace_server();
      set_nproc(one.server().pid(), "5000:");
      of_new = nproc_limits(one.server().pid());
    }));
    EXPECT_GE(end.exit_code, 0);
    EXPECT_EQ(nproc_limits(one.server().pid()), of_new);
    one.start_again();
    EXPECT_NE(one.incident_state(), "open");
    EXPECT_EQ(one.forkmend({"rollback", "--all"}).exit_code, 0);
    EXPECT_EQ(nproc_limits(one.server().pid()), of_new);
  }
}

TEST(Meddling, AReplicaThatIsPromotedEndsHealedOrAsBefore) {
  const RedisServer primary;
  FixOnServer one({"--replicaof", "127.0.0.1 " + std::to_string(primary.port())});
  one.server().wait_for_log("Finished with success");
  const std::size_t all = calls_of(one);
  for (const std::size_t part : {1U, 2U, 3U}) {
    one.server().call({"REPLICAOF", "127.0.0.1", std::to_string(primary.port())});
    one.begin();
    const auto end = one.fix(
        meddling(at_call(all * part / 4), [&] { one.server().call({"REPLICAOF", "NO", "ONE"}); }));
    EXPECT_GE(end.exit_code, 0);
    one.start_again();
    const bool healed = one.incident_state() == "healed";
    EXPECT_EQ(nproc_limits(one.server().pid()) == one.broken_limits(), !healed);
    EXPECT_EQ(one.forkmend({"rollback", "--all"}).exit_code, 0);
    EXPECT_EQ(nproc_limits(one.server().pid()), one.broken_limits());
  }
}

TEST(Meddling, TwoAtOnceAreOneAfterTheOther) {
  FixOnServer one;
  one.begin();
  int second = -1;
  const auto end = one.fix(meddling(once_changed(one), [&] {
    second = one.forkmend({"fix", "--yes", "-i", one.server().url()}).exit_code;
  }));
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_EQ(second, 11) << "blocked by the lock";
  EXPECT_EQ(one.incident_state(), "healed");
  EXPECT_EQ(one.forkmend({"rollback", "--all"}).exit_code, 0);
  EXPECT_EQ(nproc_limits(one.server().pid()), one.broken_limits());
}

}  // namespace
}  // namespace forkmend::testing
