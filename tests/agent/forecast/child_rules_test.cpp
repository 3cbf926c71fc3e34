// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include <cerrno>

#include "facts.hpp"

namespace forkmend::forecast {
namespace {

// sched_fork(): -EAGAIN for dl_prio() without sched_reset_on_fork.
TEST(DeadlineRule, RefusesWithoutResetOnFork) {
  EXPECT_EQ(rule_of(healthy_facts(), "DL").verdict, Verdict::admitted);
  const FactSet deadline =
      healthy_facts().with({{"instance.sched_policy", std::string("deadline")}});
  EXPECT_EQ(rule_of(deadline, "DL").verdict, Verdict::unknown);
  const FactSet reset = deadline.with({{"instance.sched_reset_on_fork", true}});
  EXPECT_EQ(rule_of(reset, "DL").verdict, Verdict::admitted);
  const auto refused = rule_of(deadline.with({{"instance.sched_reset_on_fork", false}}), "DL");
  EXPECT_EQ(refused.verdict, Verdict::refused);
  EXPECT_EQ(refused.refusal_errno, EAGAIN);
  EXPECT_EQ(rule_of(without(healthy_facts(), "instance.sched_policy"), "DL").verdict,
            Verdict::unknown);
}

// alloc_pid(): -ENOMEM once PIDNS_ADDING is cleared.
TEST(PidNamespaceRule, RefusesWhenInitHasDied) {
  EXPECT_EQ(rule_of(healthy_facts(), "PIDNS").verdict, Verdict::admitted);
  const auto refused =
      rule_of(healthy_facts().with({{"instance.pid_namespace_init", false}}), "PIDNS");
  EXPECT_EQ(refused.verdict, Verdict::refused);
  EXPECT_EQ(refused.refusal_errno, ENOMEM);
  EXPECT_EQ(rule_of(without(healthy_facts(), "instance.pid_namespace_init"), "PIDNS").verdict,
            Verdict::unknown);
}

}  // namespace
}  // namespace forkmend::forecast
