// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// At each moment of a change somebody puts a symbolic link in the place of a directory on the way
// to what is written: nothing may be changed where it leads to.
#include <gtest/gtest.h>

#include <filesystem>

#include "agent/engine/changes.hpp"
#include "crash/private_host.hpp"
#include "crash/run_table.hpp"
#include "support/supervised.hpp"

namespace forkmend::testing {
namespace {

namespace fs = std::filesystem;
using remediations::Step;
using remediations::StepType;

/// A change that makes or edits a file, and the directories whose place may be taken.
struct Write {
  Step step;
  Files files;                           ///< of the host
  std::vector<std::string> directories;  ///< on the way, each a string of its own
  Files bait;                            ///< below where the link leads to, whatever was replaced
};

Write drop_in() {
  return {.step = step(StepType::file, "/etc/systemd/system/redis.service.d/50-forkmend.conf",
                       std::nullopt, "[Service]\nTasksMax=128\n"),
          .files = {{"/etc/systemd/system/keep", ""}},
          .directories = {"/etc/systemd/system/redis.service.d", "/etc/systemd/system", "/etc"},
          .bait = {{"/50-forkmend.conf", "[Service]\nbait=1\n"},
                   {"/redis.service.d/50-forkmend.conf", "[Service]\nbait=1\n"}}};
}

Write configuration_file() {
  Step edit = step(StepType::config_file, "maxmemory", "2gb", "1000000");
  edit.target.owner = geteuid();
  edit.target.file = "/etc/redis/redis.conf";
  return {.step = edit,
          .files = {{"/etc/redis/redis.conf", "maxmemory 2gb\n"}},
          .directories = {"/etc/redis", "/etc"},
          .bait = {{"/redis.conf", "maxmemory 2gb\n"},
                   {"/redis/redis.conf", "maxmemory 2gb\n"},
                   {"/.redis.conf.forkmend", "bait"}}};
}

Write quarantined_file() {
  return {
      .step = step(StepType::quarantine, "/data/redis/temp-4194305.rdb", "in-place", "quarantined"),
      .files = {{"/data/redis/temp-4194305.rdb", "REDIS"},
                {"/proc/self/mountinfo", "22 1 0:21 / /proc rw - proc proc rw\n"},
                {"/proc/self/status", "Name:\tx\nPid:\t9\nNSpid:\t9\n"}},
      .directories = {"/data/redis", "/data"},
      .bait = {{"/temp-4194305.rdb", "REDIS"}, {"/redis/temp-4194305.rdb", "REDIS"}}};
}

Write swap_file() {
  return {.step = step(StepType::swap, "/var/lib/swap.forkmend", std::nullopt,
                       "size=1048576 priority=-1"),
          .files = {{"/proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"},
                    {"/proc/self/mountinfo", "22 1 0:21 / /proc rw - proc proc rw\n"},
                    {"/proc/self/status", "Name:\tx\nPid:\t9\nNSpid:\t9\n"},
                    {"/var/lib/keep", ""}},
          .directories = {"/var/lib"},
          .bait = {{"/keep", ""}, {"/swap.forkmend.new", "bait"}}};
}

std::size_t calls_of(const Write& write) {
  std::size_t seen = 0;
  const PrivateHost host(plan_of({write.step}), write.files);
  const auto end = supervise([&] { return host.heal(); },
                             [&](const SystemCall& /*call*/) {
                               ++seen;
                               return Verdict{};
                             });
  EXPECT_EQ(end.exit_code, 0);
  return seen;
}

/// Whether there was such a directory by then.
bool put_link(const PrivateHost& host, const std::string& directory, const fs::path& target) {
  const fs::path place = host.tree().path().string() + directory;
  std::error_code failure;
  fs::rename(place, place.string() + ".away", failure);
  if (failure) return false;
  fs::create_directory_symlink(target, place);
  return true;
}

/// The number of runs in which the link was there before the end.
std::size_t swap_at_each_moment(const Write& write, const std::string& directory) {
  std::size_t swapped = 0;
  for (const std::size_t moment : moments(calls_of(write), 12)) {
    const PrivateHost host(plan_of({write.step}), write.files);
    const HostTree elsewhere(write.bait);
    const auto before = elsewhere.snapshot();
    std::size_t seen = 0;
    bool done = false;
    const auto end = supervise([&] { return host.heal(); },
                               [&](const SystemCall& /*call*/) {
                                 if (!done && seen++ >= moment)
                                   done = put_link(host, directory, elsewhere.path());
                                 return Verdict{};
                               });
    EXPECT_EQ(end.signal, 0);
    EXPECT_EQ(elsewhere.snapshot(), before) << directory << " at call " << moment;
    if (done) ++swapped;
  }
  return swapped;
}

void swap_paths_of(const Write& write) {
  for (const std::string& directory : write.directories) {
    EXPECT_GT(swap_at_each_moment(write, directory), 4U) << directory;
  }
}

TEST(SwappedPath, ADropInIsWrittenThroughNoLink) {
  swap_paths_of(drop_in());
}

TEST(SwappedPath, AConfigurationFileIsEditedThroughNoLink) {
  swap_paths_of(configuration_file());
}

TEST(SwappedPath, AFileIsPutAwayThroughNoLink) {
  swap_paths_of(quarantined_file());
}

TEST(SwappedPath, ASwapFileIsMadeThroughNoLink) {
  swap_paths_of(swap_file());
}

}  // namespace
}  // namespace forkmend::testing
