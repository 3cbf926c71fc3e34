// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include <cerrno>

#include "facts.hpp"

namespace forkmend::forecast {
namespace {

using I = std::int64_t;

// copy_process(): count + 1 > limit refuses. With 100 tasks: limit 101 has room for this one only.
TEST(NprocRule, RefusesAtExactlyTheLimit) {
  const FactSet facts = healthy_facts().with({{"instance.uid_tasks", I{100}}});
  const auto with_limit = [&](I limit) {
    return rule_of(facts.with({{"instance.nproc_soft", limit}}), "NPROC");
  };
  EXPECT_EQ(with_limit(102).verdict, Verdict::admitted);
  EXPECT_EQ(with_limit(102).margin, 1);
  EXPECT_EQ(with_limit(101).verdict, Verdict::admitted);
  EXPECT_EQ(with_limit(101).margin, 0);
  EXPECT_EQ(with_limit(100).verdict, Verdict::refused);
  EXPECT_EQ(with_limit(100).margin, -1);
  EXPECT_EQ(with_limit(100).refusal_errno, EAGAIN);
  EXPECT_EQ(with_limit(100).unit, "count");
  EXPECT_EQ(with_limit(100).says,
            "Refused: uid 999 has 100 tasks, the server's limit (RLIMIT_NPROC) is 100.");
}

TEST(NprocRule, DoesNotBindAnExemptServer) {
  const FactSet full =
      healthy_facts().with({{"instance.uid_tasks", I{100}}, {"instance.nproc_soft", I{100}}});
  EXPECT_EQ(rule_of(full.with({{"instance.nproc_exempt", true}}), "NPROC").verdict,
            Verdict::admitted);
  EXPECT_EQ(rule_of(full, "NPROC").verdict, Verdict::refused);
}

TEST(NprocRule, WorksOutTheExemptionFromItsParts) {
  const FactSet full = without(healthy_facts(), "instance.nproc_exempt")
                           .with({{"instance.uid_tasks", I{100}}, {"instance.nproc_soft", I{100}}});
  EXPECT_EQ(rule_of(full, "NPROC").verdict, Verdict::refused);
  EXPECT_EQ(rule_of(full.with({{"instance.cap_sys_resource", true}}), "NPROC").verdict,
            Verdict::admitted);
  const FactSet root = full.with({{"instance.uid", I{0}}});
  EXPECT_EQ(rule_of(root.with({{"instance.initial_user_namespace", true}}), "NPROC").verdict,
            Verdict::admitted);
  EXPECT_EQ(rule_of(root.with({{"instance.initial_user_namespace", false}}), "NPROC").verdict,
            Verdict::refused);
  EXPECT_EQ(rule_of(root, "NPROC").verdict, Verdict::unknown);
}

TEST(NprocRule, NeedsNoCountUnderAnUnlimitedLimit) {
  const FactSet facts = without(healthy_facts(), "instance.uid_tasks");
  EXPECT_EQ(rule_of(facts.with({{"instance.nproc_soft", kUnlimited}}), "NPROC").verdict,
            Verdict::admitted);
  const auto rule = rule_of(facts, "NPROC");
  EXPECT_EQ(rule.verdict, Verdict::unknown);
  EXPECT_EQ(rule.says, "Cannot be told: instance.uid_tasks is unreadable (hidden).");
}

TEST(NprocRule, SaysThatOuterNamespacesCannotBeSeen) {
  const FactSet facts = healthy_facts().with({{"instance.initial_user_namespace", false}});
  EXPECT_NE(rule_of(facts, "NPROC").says.find("outer ones"), std::string::npos);
  const FactSet old =
      facts.with({{"host.kernel_release", std::string("4.18.0-553.el8_10.x86_64")}});
  EXPECT_EQ(rule_of(old, "NPROC").says.find("outer ones"), std::string::npos);
}

// nr_threads >= max_threads refuses.
TEST(ThreadsRule, RefusesAtExactlyThreadsMax) {
  const FactSet facts = healthy_facts().with({{"host.threads", I{1000}}});
  EXPECT_EQ(rule_of(facts.with({{"host.threads_max", I{1001}}}), "THR").verdict, Verdict::admitted);
  EXPECT_EQ(rule_of(facts.with({{"host.threads_max", I{1001}}}), "THR").margin, 0);
  EXPECT_EQ(rule_of(facts.with({{"host.threads_max", I{1000}}}), "THR").verdict, Verdict::refused);
  EXPECT_EQ(rule_of(facts.with({{"host.threads_max", I{1000}}}), "THR").margin, -1);
  EXPECT_EQ(rule_of(without(facts, "host.threads"), "THR").verdict, Verdict::unknown);
}

// pid_max 32768 leaves 32468 numbers from 300 on; 299 tasks may sit below.
TEST(PidMaxRule, GrantsTheUncertaintyOfItsCount) {
  const auto with_threads = [](I threads) {
    return rule_of(healthy_facts().with({{"host.pid_max", I{32768}}, {"host.threads", threads}}),
                   "PIDMAX")
        .verdict;
  };
  EXPECT_EQ(with_threads(32167), Verdict::admitted);   // 301 numbers left
  EXPECT_EQ(with_threads(32168), Verdict::too_close);  // 300 left
  EXPECT_EQ(with_threads(32767), Verdict::too_close);  // 299 more than numbers
  EXPECT_EQ(with_threads(32768), Verdict::refused);
}

TEST(PidMaxRule, KnowsTheErrnoOfOldKernels) {
  const auto on = [](const char* release) {
    return rule_of(healthy_facts().with({{"host.kernel_release", std::string(release)}}), "PIDMAX")
        .refusal_errno;
  };
  EXPECT_EQ(on("3.10.0-1160.el7.x86_64"), ENOMEM);
  EXPECT_EQ(on("4.18.0-80.7.1.el8_0.x86_64"), EAGAIN);
  EXPECT_EQ(on("6.1.0-18-amd64"), EAGAIN);
}

// pids_try_charge(): current + 1 > max refuses, at any level.
TEST(PidsRule, RefusesAtExactlyTheLimit) {
  const FactSet facts = healthy_facts().with({{"instance.pids.0.current", I{10}}});
  const auto with_max = [&](I max) {
    return rule_of(facts.with({{"instance.pids.0.max", max}}), "PIDS");
  };
  EXPECT_EQ(with_max(11).verdict, Verdict::admitted);
  EXPECT_EQ(with_max(11).margin, 0);
  EXPECT_EQ(with_max(10).verdict, Verdict::refused);
  EXPECT_EQ(with_max(10).margin, -1);
  // Attaching a process may push the count over the limit.
  EXPECT_EQ(with_max(7).margin, -4);
}

FactSet two_levels() {
  return healthy_facts().with({
      {"instance.pids.levels", I{2}},
      {"instance.pids.0.max", kUnlimited},
      {"instance.pids.1.current", I{20}},
      {"instance.pids.1.max", I{20}},
      {"instance.pids.1.path", std::string("/sys/fs/cgroup/system.slice")},
  });
}

TEST(PidsRule, NamesTheAncestorThatBinds) {
  const auto rule = rule_of(two_levels(), "PIDS");
  EXPECT_EQ(rule.verdict, Verdict::refused);
  EXPECT_EQ(rule.says, "Refused: 20 tasks are in /sys/fs/cgroup/system.slice, its pids.max is 20.");
  EXPECT_EQ(rule.inputs.at("instance.pids.0.max"), "unlimited");
  EXPECT_EQ(rule.inputs.at("instance.pids.1.max"), "20");
}

TEST(PidsRule, ARefusingLevelIsEnoughWhateverOthersHide) {
  EXPECT_EQ(rule_of(without(two_levels(), "instance.pids.0.max"), "PIDS").verdict,
            Verdict::refused);
  const FactSet roomy = two_levels().with({{"instance.pids.1.max", I{21}}});
  EXPECT_EQ(rule_of(roomy, "PIDS").verdict, Verdict::admitted);
  EXPECT_EQ(rule_of(without(roomy, "instance.pids.0.max"), "PIDS").verdict, Verdict::unknown);
}

TEST(PidsRule, TellsNoControllerFromNobodyLooked) {
  FactSet facts = healthy_facts();
  facts.set_missing("instance.pids.levels", FactState::not_applicable, "test", "no controller");
  EXPECT_EQ(rule_of(facts, "PIDS").verdict, Verdict::admitted);
  facts.set_missing("instance.pids.levels", FactState::unknown, "test", "");
  EXPECT_EQ(rule_of(facts, "PIDS").verdict, Verdict::unknown);
}

TEST(PidsRule, ShowsNoControlCharactersOfACgroupName) {
  const FactSet facts =
      two_levels().with({{"instance.pids.1.path", std::string("/sys/fs/cgroup/a\x1b[31m")}});
  EXPECT_EQ(rule_of(facts, "PIDS").says.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace forkmend::forecast
