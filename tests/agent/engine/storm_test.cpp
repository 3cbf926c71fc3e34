// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The rails over days of bad weather, on a clock that the test moves: whatever fails how often, on
// how many servers, and whatever becomes of the wall clock, no more is done than they allow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/units.hpp"
#include "engine/rails.hpp"

namespace forkmend::engine {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

/// One boot of a host, its record, and an agent that asks before each thing that it does.
class StormyHost {
 public:
  explicit StormyHost(policy::Policy policy) : policy_(std::move(policy)) {}

  void pass(nanoseconds time) {
    boot_ += time;
    wall_ += std::chrono::duration_cast<WallTime::duration>(time);
  }
  /// Somebody sets the clock.
  void set_clock(hours by) { wall_ += by; }
  /// The boot clock begins anew, and no record has a time of it any more.
  void reboot() {
    boot_ = minutes(1);
    for (IncidentRecord& incident : history_) {
      incident.opened_boot.reset();
      incident.closed_boot.reset();
    }
  }

  /// Whether something was done about it; it takes two seconds.
  bool fails(const std::string& server, const std::string& cause,
             const std::string& host_incident = "") {
    const auto gates = check_gates(policy_, history_, server, cause, now(), {});
    if (!gates.empty()) {
      ++blocked_[gates.front().gate];
      return false;
    }
    IncidentRecord incident;
    incident.id = "i-" + std::to_string(history_.size());
    incident.instance = server;
    incident.cause = cause;
    incident.state = IncidentState::healed;
    incident.opened = wall_;
    incident.opened_boot = boot_;
    incident.host_incident = host_incident;
    if (host_incident.empty()) opened_.push_back(boot_);
    pass(seconds(2));
    incident.closed = wall_;
    incident.closed_boot = boot_;
    history_.push_back(std::move(incident));
    return true;
  }

  void acknowledge() {
    history_.back().acknowledged = Acknowledgement{.at = wall_, .actor = "a", .comment = "seen"};
  }

  [[nodiscard]] Now now() const { return {.wall = wall_, .boot = boot_}; }
  [[nodiscard]] const std::vector<IncidentRecord>& history() const { return history_; }
  [[nodiscard]] int blocked_by(const std::string& gate) const {
    const auto found = blocked_.find(gate);
    return found == blocked_.end() ? 0 : found->second;
  }

  /// The most that began within any hour of the clock that nobody sets.
  [[nodiscard]] int most_in_an_hour() const {
    int most = 0;
    for (const nanoseconds begin : opened_) {
      most = std::max(most, static_cast<int>(std::ranges::count_if(opened_, [&](nanoseconds one) {
                        return one >= begin && one - begin < hours(1);
                      })));
    }
    return most;
  }

 private:
  policy::Policy policy_;
  std::vector<IncidentRecord> history_;
  std::vector<nanoseconds> opened_;
  std::map<std::string, int> blocked_;
  nanoseconds boot_ = hours(2);
  WallTime wall_ = *parse_time("2026-11-25T12:00:00.000Z");
};

policy::Policy most_an_hour(int incidents, minutes cooldown = minutes(10)) {
  policy::Policy policy;
  policy.rails.max_incidents_per_hour = incidents;
  policy.rails.cooldown = cooldown;
  return policy;
}

TEST(Storm, AServerThatFlapsAllDayIsLeftToAPersonAfterAnHour) {
  StormyHost host(most_an_hour(4));
  int done = 0;
  for (int i = 0; i < 24 * 120; ++i) {
    done += host.fails("a", "nproc-limit") ? 1 : 0;
    host.pass(seconds(30));
  }
  EXPECT_EQ(done, 4);
  EXPECT_GT(host.blocked_by("cooldown"), 50);
  EXPECT_GT(host.blocked_by("breaker"), 2000);
}

TEST(Storm, OneThatFlapsThroughAllCausesIsNoWayAround) {
  StormyHost host(most_an_hour(4));
  int done = 0;
  for (int i = 0; i < 1000; ++i) {
    done += host.fails("a", "cause-" + std::to_string(i)) ? 1 : 0;
    host.pass(seconds(1));
  }
  EXPECT_EQ(done, 4);
}

TEST(Storm, AThousandServersAtOnceAreNoMoreThanTheRailAllows) {
  StormyHost host(most_an_hour(4));
  int done = 0;
  for (int i = 0; i < 1000; ++i) {
    done += host.fails("server-" + std::to_string(i), "cause-" + std::to_string(i % 7)) ? 1 : 0;
  }
  EXPECT_EQ(done, 4);
  EXPECT_EQ(host.blocked_by("breaker"), 996);
}

TEST(Storm, OneOfTheWholeHostIsMendedOnEachOfItsServers) {
  StormyHost host(most_an_hour(4));
  ASSERT_TRUE(host.fails("server-0", "commit-limit"));
  ASSERT_TRUE(host.fails("server-1", "commit-limit"));
  for (int i = 2; i < 100; ++i) {
    ASSERT_TRUE(host.fails("server-" + std::to_string(i), "commit-limit", "i-0")) << i;
  }
  EXPECT_FALSE(host.fails("server-5", "commit-limit", "i-0")) << "each of them once";
  EXPECT_EQ(host.blocked_by("cooldown"), 1);
}

TEST(Storm, ALookOfAPersonEachHourLetsItGoOnAtTheSamePace) {
  StormyHost host(most_an_hour(4));
  for (int hour = 0; hour < 24; ++hour) {
    for (int i = 0; i < 360; ++i) {
      host.fails("server-" + std::to_string(i % 50), "nproc-limit");
      host.pass(seconds(10));
    }
    host.acknowledge();
  }
  EXPECT_GE(host.history().size(), 24U * 4);
  EXPECT_LE(host.history().size(), 24U * 5) << "one acknowledgement opens it once";
}

/// Days forward and back, every few minutes, at random.
TEST(Storm, AWallClockThatIsSetAllTheTimeChangesNothing) {
  std::minstd_rand chance(20261128);  // the same course each time
  StormyHost steady(most_an_hour(4, minutes(5)));
  StormyHost jumping(most_an_hour(4, minutes(5)));
  for (int i = 0; i < 3000; ++i) {
    const std::string server = "server-" + std::to_string(chance() % 3);
    const bool of_steady = steady.fails(server, "nproc-limit");
    ASSERT_EQ(jumping.fails(server, "nproc-limit"), of_steady) << i;
    if (chance() % 40 == 0) {
      steady.acknowledge();
      jumping.acknowledge();
    }
    const seconds wait(1 + chance() % 120);
    steady.pass(wait);
    jumping.pass(wait);
    if (i % 3 == 0) jumping.set_clock(hours(static_cast<int>(chance() % 200) - 100));
  }
  EXPECT_EQ(jumping.history().size(), steady.history().size());
}

TEST(Storm, AHostThatSleptHasCooledDown) {
  StormyHost host(most_an_hour(4));
  ASSERT_TRUE(host.fails("a", "nproc-limit"));
  host.pass(minutes(1));
  ASSERT_FALSE(host.fails("a", "nproc-limit"));
  host.pass(hours(8));  // CLOCK_BOOTTIME goes on while it sleeps
  EXPECT_TRUE(host.fails("a", "nproc-limit"));
}

TEST(Storm, ARebootIntoAnEarlierTimeKeepsTheGatesClosed) {
  StormyHost host(most_an_hour(4));
  ASSERT_TRUE(host.fails("a", "nproc-limit"));
  host.reboot();
  host.set_clock(hours(-48));
  EXPECT_FALSE(host.fails("a", "nproc-limit")) << "nobody knows how long ago that was";
  host.set_clock(hours(48) + hours(1));
  EXPECT_TRUE(host.fails("a", "nproc-limit"));
}

TEST(Storm, ABootLoopDoesNotCloseTheBreaker) {
  StormyHost host(most_an_hour(3, minutes(0)));
  int done = 0;
  for (int boot = 0; boot < 20; ++boot) {
    done += host.fails("a", "nproc-limit") ? 1 : 0;
    host.pass(minutes(2));
    host.reboot();
  }
  EXPECT_EQ(done, 3);
}

}  // namespace
}  // namespace forkmend::engine
