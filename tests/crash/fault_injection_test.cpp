// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Each system call of the executor and of its journal fails once, with each errno that it may give;
// and a disk that is full or broken from some moment on. What is not healed must be as before, with
// a reason, and nothing may be left open or lying about.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "agent/engine/changes.hpp"
#include "crash/private_host.hpp"
#include "crash/run_table.hpp"
#include "host/process.hpp"
#include "support/faults.hpp"
#include "support/lab/program.hpp"
#include "support/lab/redis_server.hpp"
#include "support/supervised.hpp"

namespace forkmend::testing {
namespace {

using remediations::Step;
using remediations::StepType;

/// A process whose limit is changed.
class Sleeper {
 public:
  Sleeper() : pid_(start_program({"sleep", "3600"})) {}
  ~Sleeper() { end_program(pid_); }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string limits() const {
    return read_file("/proc/" + std::to_string(pid_) + "/limits");
  }

 private:
  pid_t pid_;
};

std::uint64_t start_time_of(pid_t pid) {
  return host::read_stat(host::Root(), pid)->start_time;
}

/// "soft:hard" with the soft limit one lower, which nobody needs.
std::vector<Step> limit_steps(const Sleeper& sleeper) {
  Step limit = step(StepType::rlimit, "nproc", "", "");
  limit.target.pid = sleeper.pid();
  limit.target.process_start = start_time_of(sleeper.pid());
  limit.before = nproc_limits(sleeper.pid());
  const std::string hard = limit.before->substr(limit.before->find(':') + 1);
  limit.after = "1000:" + hard;
  return {limit};
}

std::vector<Step> file_steps() {
  Step conf = step(StepType::config_file, "maxmemory", "2gb", "1000000");
  conf.target.owner = geteuid();
  conf.target.file = "/etc/redis.conf";
  return {step(StepType::file, "/etc/systemd/system/redis.service.d/50-forkmend.conf", std::nullopt,
               "[Service]\nTasksMax=128\n"),
          step(StepType::quarantine, "/data/temp-4194305.rdb", "in-place", "quarantined"), conf};
}

std::vector<Step> swap_steps() {
  return {step(StepType::swap, "/var/lib/swap.forkmend", std::nullopt, "size=1048576 priority=-1")};
}

Files host_files() {
  return {{"/proc/sys/vm/overcommit_memory", "0\n"},
          {"/proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"},
          {"/proc/self/mountinfo", "22 1 0:21 / /proc rw - proc proc rw\n"},
          {"/proc/self/status", "Name:\tx\nPid:\t9\nNSpid:\t9\n"},
          {"/data/temp-4194305.rdb", "REDIS"},
          {"/var/lib/keep", ""},
          {"/etc/redis.conf", "maxmemory   2gb\nport 6379"},
          {"/etc/systemd/system/keep", ""}};
}

constexpr int kLeaked = 77;

/// heal(), and whether it has left anything open.
int heal_and_count(const PrivateHost& host) {
  const auto before = open_descriptors();
  const int outcome = host.heal();
  return open_descriptors() == before ? outcome : kLeaked;
}

/// Calls of the executor itself, and the start of its programs.
bool is_ours(const SystemCall& call) {
  const bool to_terminal = call.name == "write" && call.arguments[0] <= STDERR_FILENO;
  return (call.of_child || call.name == "execve") && call.name != "connect" && !to_terminal;
}

struct Healing {
  std::vector<Step> steps;
  std::function<std::string()> rest = [] { return std::string(); };  ///< state outside the tree

  [[nodiscard]] PrivateHost host() const { return PrivateHost(plan_of(steps), host_files()); }
};

/// Its calls by name, in their order, and what the tree is at the end.
struct Course {
  std::vector<std::string> calls;
  Snapshot before;
  Snapshot healed;
  std::string rest_before;
};

Course course_of(const Healing& healing) {
  Course course;
  const PrivateHost host = healing.host();
  course.before = host.snapshot();
  course.rest_before = healing.rest();
  const auto end = supervise([&] { return heal_and_count(host); },
                             [&](const SystemCall& call) {
                               if (is_ours(call)) course.calls.emplace_back(call.name);
                               return Verdict{};
                             });
  EXPECT_EQ(end.exit_code, 0);
  course.healed = host.snapshot();
  EXPECT_EQ(host.roll_back(), 0);
  EXPECT_EQ(healing.rest(), course.rest_before);
  return course;
}

/// As healed where heal() said so, else as before.
void expect_clean(const PrivateHost& host, const Healing& healing, const Course& course,
                  const SupervisedEnd& end) {
  EXPECT_EQ(end.signal, 0);
  ASSERT_NE(end.exit_code, kLeaked) << "a descriptor was left open";
  ASSERT_NE(end.exit_code, kNoReason) << "no reason was given";
  EXPECT_EQ(host.snapshot(), end.exit_code == 0 ? course.healed : course.before)
      << "exit code " << end.exit_code;
  if (end.exit_code != 0) {
    EXPECT_EQ(healing.rest(), course.rest_before);
  }
  EXPECT_EQ(host.recover(), 0);
  EXPECT_EQ(host.unfinished(), "");
  EXPECT_EQ(host.roll_back(), 0);
  EXPECT_EQ(host.snapshot(), course.before);
  EXPECT_EQ(healing.rest(), course.rest_before);
}

/// The one call fails; all that comes after it works.
void fail_each_call(const Healing& healing) {
  const Course course = course_of(healing);
  ASSERT_FALSE(::testing::Test::HasFailure());
  for (const Fault& fault : kFaults) {
    for (const std::size_t at :
         moments(course.calls.size(), 25, static_cast<std::size_t>(fault.error))) {
      SCOPED_TRACE(std::string(fault.name) + " at call " + std::to_string(at) + ", " +
                   course.calls.at(at));
      const PrivateHost host = healing.host();
      std::size_t seen = 0;
      const auto end = supervise(
          [&] { return heal_and_count(host); },
          [&](const SystemCall& call) {
            const bool now = is_ours(call) && seen++ == at;
            return now ? Verdict{.kind = Verdict::Kind::fail, .error = fault.error} : Verdict{};
          });
      expect_clean(host, healing, course, end);
      if (::testing::Test::HasFailure()) return;
      count_run("(fault injection)", fault.name,
                end.exit_code == 0 ? Ended::as_healed : Ended::as_before);
    }
  }
}

bool writes_to_disk(const SystemCall& call) {
  return call.name == "write" || call.name == "pwrite64" || call.name == "fsync" ||
         call.name == "fdatasync" || call.name == "ftruncate" || call.name == "fallocate";
}

/// From one moment on the journal's disk takes nothing any more.
void break_the_journal_from(const Healing& healing, const Course& course, const Fault& fault,
                            std::size_t from) {
  const PrivateHost host = healing.host();
  std::size_t seen = 0;
  const auto end = supervise(
      [&] { return heal_and_count(host); },
      [&](const SystemCall& call) {
        if (!is_ours(call)) return Verdict{};
        const bool broken = seen++ >= from && writes_to_disk(call) &&
                            file_of(call.pid, call.arguments[0]).starts_with(host.state_dir());
        return broken ? Verdict{.kind = Verdict::Kind::fail, .error = fault.error} : Verdict{};
      });
  expect_clean(host, healing, course, end);
  count_run("(journal disk breaks)", fault.name,
            end.exit_code == 0 ? Ended::as_healed : Ended::as_before);
}

void break_the_journal(const Healing& healing) {
  const Course course = course_of(healing);
  ASSERT_FALSE(::testing::Test::HasFailure());
  for (const Fault& fault : {kFaults[0], kFaults[1], kFaults[2]}) {
    for (const std::size_t from :
         moments(course.calls.size(), 25, static_cast<std::size_t>(fault.error))) {
      SCOPED_TRACE(std::string(fault.name) + " from call " + std::to_string(from) + " on, " +
                   course.calls.at(from));
      break_the_journal_from(healing, course, fault, from);
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(FaultInjection, FilesAreAsBeforeOrAsHealed) {
  fail_each_call({.steps = file_steps()});
}

TEST(FaultInjection, SwapFilesAreAsBeforeOrAsHealed) {
  fail_each_call({.steps = swap_steps()});
}

TEST(FaultInjection, LimitsOfAProcessAreAsBeforeOrAsHealed) {
  const Sleeper sleeper;
  fail_each_call({.steps = limit_steps(sleeper), .rest = [&] { return sleeper.limits(); }});
}

TEST(FaultInjection, AJournalThatBreaksInTheMiddleUndoesAll) {
  break_the_journal({.steps = file_steps()});
}

}  // namespace
}  // namespace forkmend::testing
