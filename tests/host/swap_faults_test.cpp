// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A swap file is made and taken back for real while one system call fails, of forkmend itself or of
// mkswap and swapoff: each once, with each errno. What does not come to its end is as before.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "agent/engine/await.hpp"
#include "agent/engine/changes.hpp"
#include "engine/heal.hpp"
#include "support/faults.hpp"
#include "support/lab/host_guard.hpp"
#include "support/lab/program.hpp"
#include "support/supervised.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {
namespace {

namespace fs = std::filesystem;
using remediations::StepType;

constexpr const char* kMount = "/mnt/forkmend-faults";
constexpr const char* kSwapPath = "/mnt/forkmend-faults/swap.forkmend";
constexpr const char* kTemporary = "/mnt/forkmend-faults/.swap.forkmend.new";

/// Exit codes of what is supervised.
enum End { kDone = 0, kNotDone = 4, kLeaked = 77, kNoReason = 78 };

engine::Plan swap_plan() {
  engine::Attempt attempt;
  attempt.remedy = "swapfile";
  attempt.steps = {step(StepType::swap, kSwapPath, std::nullopt, "size=1048576 priority=-1")};
  engine::Plan plan;
  plan.id = "p-0123456789ab";
  plan.instance = "redis://127.0.0.1:6379";
  plan.cause = "commit-limit";
  plan.attempts.push_back(std::move(attempt));
  return plan;
}

/// "on", "off", or what is between: a file that is not in use.
std::string state_of_swap() {
  const bool in_use = read_file("/proc/swaps").find(kSwapPath) != std::string::npos;
  const bool file = fs::exists(kSwapPath) || fs::exists(kTemporary);
  if (in_use) return fs::exists(kTemporary) ? "on, and a half-made file" : "on";
  return file ? "off, and a file is left" : "off";
}

/// While it lives, temporary directories are in memory.
class InMemory {
 public:
  InMemory() {
    if (const char* place = std::getenv("TMPDIR")) before_ = place;
    setenv("TMPDIR", "/dev/shm", 1);
  }
  ~InMemory() {
    if (before_) {
      setenv("TMPDIR", before_->c_str(), 1);
    } else {
      unsetenv("TMPDIR");
    }
  }
  InMemory(const InMemory&) = delete;
  InMemory& operator=(const InMemory&) = delete;

 private:
  std::optional<std::string> before_;
};

class SwapFaults : public ::testing::Test {
 protected:
  /// A file system of its own, in memory: each of the runs syncs several times, and waits for all
  /// that the rest of the host writes.
  SwapFaults() {
    const std::string image = image_.path() / "image";
    std::ofstream(image).close();
    fs::resize_file(image, std::uintmax_t{64} << 20U);
    const auto made = run_program({"mkfs.ext4", "-q", image});
    if (made.exit_code != 0) throw std::runtime_error(made.err);
    guard_.make_directory(kMount);
    guard_.mount({"-t", "ext4", "-o", "loop", image}, kMount);
    guard_.clear_swap(kSwapPath);
  }

  [[nodiscard]] std::string state_dir() const { return (state_.path() / "state").string(); }

  [[nodiscard]] int make() const {
    const auto before = open_descriptors();
    End end = kNoReason;
    {
      const auto journal = engine::Journal::open(state_dir());
      if (!journal) return kNotDone;
      auto actuator = actuator_on(host::Root());
      engine::HealOptions options;
      options.verify = false;
      const auto outcome = await(engine::heal(swap_plan(), {}, host::Root(), journal->get(),
                                              &actuator, std::move(options)));
      if (!outcome.problems.empty()) end = kNotDone;
      if (outcome.state == engine::HealState::healed) end = kDone;
    }
    return open_descriptors() == before ? end : kLeaked;
  }

  [[nodiscard]] int take_back() const {
    const auto journal = engine::Journal::open(state_dir());
    if (!journal) return kNotDone;
    auto actuator = actuator_on(host::Root());
    engine::RollbackOptions everything{.selector = "", .all = true};
    const auto items = await(engine::rollback(journal->get(), &actuator, std::move(everything)));
    if (!items) return kNotDone;
    for (const auto& item : *items) {
      if (item.result != engine::ChangeState::undone) {
        return item.says.empty() ? kNoReason : kNotDone;
      }
    }
    return kDone;
  }

  [[nodiscard]] bool is_in_force() const {
    return !engine::Journal::open(state_dir()).value()->changes_in_force()->empty();
  }

  /// What changes something. The journal's own calls, and what is only read, fail in tests/crash,
  /// on trees.
  [[nodiscard]] bool is_shown(const SystemCall& call) const {
    if (!may_change(call)) return false;
    if (call.name == "openat" || call.name == "unlink" || call.name == "open") {
      const std::size_t path = call.name == "openat" ? 1 : 0;
      return !memory_of(call.pid, call.arguments.at(path), 200).starts_with(state_.path().string());
    }
    const bool by_descriptor = call.name.starts_with("f") || call.name.ends_with("write") ||
                               call.name == "pwrite64" || call.name == "writev";
    if (!by_descriptor) return true;
    // Pipes are how a program and the end of a child are heard of; they fail with none of these.
    const std::string file = file_of(call.pid, call.arguments[0]);
    return file.starts_with('/') && !file.starts_with(state_.path().string());
  }

  /// The names of the calls of one course without a fault.
  [[nodiscard]] std::vector<std::string> calls_of(const std::function<int()>& work) const {
    std::vector<std::string> names;
    const auto end = supervise(work, [&](const SystemCall& call) {
      if (is_shown(call)) names.emplace_back(call.name);
      return Verdict{};
    });
    EXPECT_EQ(end.exit_code, kDone);
    return names;
  }

  [[nodiscard]] SupervisedEnd fail_at(std::size_t moment, int error,
                                      const std::function<int()>& work) const {
    std::size_t seen = 0;
    return supervise(work, [&](const SystemCall& call) {
      const bool now = is_shown(call) && seen++ == moment;
      return now ? Verdict{.kind = Verdict::Kind::fail, .error = error} : Verdict{};
    });
  }

  InMemory in_memory_;
  TempDir image_;
  TempDir state_;
  HostGuard guard_;
};

TEST_F(SwapFaults, AFileThatCannotBeMadeLeavesNothing) {
  const auto work = [this] { return make(); };
  const auto calls = calls_of(work);
  ASSERT_EQ(state_of_swap(), "on");
  ASSERT_EQ(take_back(), kDone);
  std::printf("%zu calls, each with %zu errors\n", calls.size(), kFaults.size());
  for (const auto* name : {"fallocate", "swapon", "execve", "renameat2", "fsync"}) {
    EXPECT_NE(std::ranges::find(calls, name), calls.end()) << name;
  }
  int failed = 0;
  for (const Fault& fault : kFaults) {
    for (std::size_t moment = 0; moment < calls.size(); ++moment) {
      SCOPED_TRACE(std::string(fault.name) + " at call " + std::to_string(moment) + ", " +
                   calls[moment]);
      const auto end = fail_at(moment, fault.error, work);
      ASSERT_TRUE(end.exit_code == kDone || end.exit_code == kNotDone) << end.exit_code;
      ASSERT_EQ(state_of_swap(), end.exit_code == kDone ? "on" : "off");
      if (end.exit_code == kNotDone) ++failed;
      EXPECT_EQ(is_in_force(), end.exit_code == kDone);
      ASSERT_EQ(take_back(), kDone);
      ASSERT_EQ(state_of_swap(), "off");
    }
  }
  EXPECT_GT(failed, 0);
}

TEST_F(SwapFaults, AFileThatCannotBeTakenBackStaysInTheRecordUntilItIs) {
  const auto work = [this] { return take_back(); };
  ASSERT_EQ(make(), kDone);
  const auto calls = calls_of(work);
  ASSERT_EQ(state_of_swap(), "off");
  EXPECT_NE(std::ranges::find(calls, "swapoff"), calls.end());
  int failed = 0;
  for (const Fault& fault : kFaults) {
    for (std::size_t moment = 0; moment < calls.size(); ++moment) {
      SCOPED_TRACE(std::string(fault.name) + " at call " + std::to_string(moment) + ", " +
                   calls[moment]);
      ASSERT_EQ(make(), kDone);
      const auto end = fail_at(moment, fault.error, work);
      ASSERT_TRUE(end.exit_code == kDone || end.exit_code == kNotDone) << end.exit_code;
      EXPECT_EQ(is_in_force(), end.exit_code != kDone);
      if (end.exit_code == kDone) {
        ASSERT_EQ(state_of_swap(), "off");
      } else {
        ++failed;
      }
      ASSERT_EQ(take_back(), kDone) << "at the next try";
      ASSERT_EQ(state_of_swap(), "off");
    }
  }
  EXPECT_GT(failed, 0);
}

}  // namespace
}  // namespace forkmend::testing
