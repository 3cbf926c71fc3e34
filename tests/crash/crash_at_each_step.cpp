// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The tests of the remedies, linked with this instead of fails_at_each_step.cpp: each of them hands
// over its host tree, and forkmend is killed on it before every system call that changes something.
#include <csignal>

#include "crash/power_cut.hpp"
#include "crash/private_host.hpp"
#include "crash/run_table.hpp"
#include "remediations/fails_at_each_step.hpp"
#include "support/lab/host_guard.hpp"
#include "support/supervised.hpp"

namespace forkmend::testing {

namespace {

using engine::IncidentState;

/// What the tree is before a remedy and after it.
struct Ends {
  Snapshot before;
  Snapshot healed;
};

/// How many moments a work has.
std::size_t moments_of(const std::function<int()>& work) {
  std::size_t all = 0;
  const auto end = supervise(work, [&](const SystemCall& call) {
    if (may_change(call)) ++all;
    return Verdict{};
  });
  EXPECT_EQ(end.exit_code, 0);
  return all;
}

void kill_at(std::size_t moment, const std::function<int()>& work) {
  std::size_t seen = 0;
  const auto end = supervise(work, [&](const SystemCall& call) {
    const bool now = may_change(call) && seen++ == moment;
    return Verdict{.kind = now ? Verdict::Kind::kill : Verdict::Kind::go_on};
  });
  EXPECT_EQ(end.signal, SIGKILL) << "moment " << moment;
}

Ended ended_as(const PrivateHost& host, const Ends& ends) {
  const auto state = host.incident();
  const bool healed = state == IncidentState::healed || state == IncidentState::mitigated;
  const Snapshot now = host.snapshot();
  if (now != (healed ? ends.healed : ends.before)) return Ended::between;
  return healed ? Ended::as_healed : Ended::as_before;
}

void expect_recovered(const PrivateHost& host, const Ends& ends, const std::string& remedy,
                      const std::string& how) {
  EXPECT_EQ(host.recover(), 0);
  EXPECT_EQ(host.unfinished(), "");
  const Ended ended = ended_as(host, ends);
  EXPECT_NE(ended, Ended::between) << difference(ends.before, host.snapshot());
  count_run(remedy, how, ended);
}

void kill_healing(const Planning& planning, const Ends& ends, std::size_t all) {
  for (const std::size_t moment : moments(all, 6)) {
    SCOPED_TRACE("healing, killed at " + std::to_string(moment) + " of " + std::to_string(all));
    const PrivateHost host(planning);
    kill_at(moment, [&] { return host.heal(); });
    expect_recovered(host, ends, std::string(planning.spec->id), "kill");
  }
}

void kill_undoing(const Planning& planning, const Ends& ends) {
  const PrivateHost whole(planning);
  ASSERT_EQ(whole.heal(), 0);
  const std::size_t all = moments_of([&] { return whole.roll_back(); });
  EXPECT_EQ(whole.snapshot(), ends.before);
  for (const std::size_t moment : moments(all, 4)) {
    SCOPED_TRACE("undoing, killed at " + std::to_string(moment) + " of " + std::to_string(all));
    const PrivateHost host(planning);
    ASSERT_EQ(host.heal(), 0);
    kill_at(moment, [&] { return host.roll_back(); });
    expect_recovered(host, ends, std::string(planning.spec->id), "undo killed");
  }
}

/// Recovery from a kill shortly before the end of healing, when the most is in force.
void kill_recovery(const Planning& planning, const Ends& ends, std::size_t healing) {
  const std::size_t late = healing * 4 / 5;
  const auto crashed = [&](const PrivateHost& host) { kill_at(late, [&] { return host.heal(); }); };
  const PrivateHost whole(planning);
  crashed(whole);
  const std::size_t all = moments_of([&] { return whole.recover(); });
  for (const std::size_t moment : moments(all, 4)) {
    SCOPED_TRACE("recovery, killed at " + std::to_string(moment) + " of " + std::to_string(all));
    const PrivateHost host(planning);
    crashed(host);
    kill_at(moment, [&] { return host.recover(); });
    expect_recovered(host, ends, std::string(planning.spec->id), "recovery killed");
  }
}

}  // namespace

void fails_at_each_step(const Planning& planning) {
  Ends ends;
  const PrivateHost whole(planning);
  ends.before = whole.snapshot();
  const std::size_t all = moments_of([&] { return whole.heal(); });
  ends.healed = whole.snapshot();
  ASSERT_FALSE(::testing::Test::HasFailure());
  kill_healing(planning, ends, all);
  kill_undoing(planning, ends);
  kill_recovery(planning, ends, all);
  cut_power(planning, ends.before, ends.healed);
}

}  // namespace forkmend::testing
