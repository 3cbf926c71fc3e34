// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/event_meaning.hpp"

#include <gtest/gtest.h>

namespace forkmend::daemon {
namespace {

using redis::LogEventKind;

const KernelSubject& server() {
  static const KernelSubject one{
      .pid = 812, .comm = "redis-server", .cgroups = {"/system.slice/redis.service", "/"}};
  return one;
}

std::optional<EventMeaning> kernel_line(const std::string& text) {
  const auto event = host::parse_kernel_event(text);
  return event ? meaning_for(*event, server()) : std::nullopt;
}

TEST(EventMeaning, EveryWayOfFailingAsksForALook) {
  for (const auto kind : {LogEventKind::save_fork_failed, LogEventKind::save_child_error,
                          LogEventKind::save_child_signal, LogEventKind::save_write_error,
                          LogEventKind::rewrite_fork_failed, LogEventKind::sync_failed,
                          LogEventKind::aof_write_error}) {
    EXPECT_EQ(meaning_of(kind), EventMeaning::look) << redis::to_string(kind);
  }
}

TEST(EventMeaning, WhatWentWellAsksForAPollAndTheRestForNothing) {
  EXPECT_EQ(meaning_of(LogEventKind::save_ok), EventMeaning::poll);
  EXPECT_EQ(meaning_of(LogEventKind::server_started), EventMeaning::poll);
  EXPECT_EQ(meaning_of(LogEventKind::save_started), std::nullopt);
  EXPECT_EQ(meaning_of(LogEventKind::other), std::nullopt);
}

TEST(EventMeaning, ARefusalOfTheServersForkNamesIt) {
  EXPECT_EQ(kernel_line("__vm_enough_memory: pid: 812, comm: redis-server, not enough memory for "
                        "the allocation"),
            EventMeaning::look);
  EXPECT_EQ(kernel_line("__vm_enough_memory: pid: 813, comm: redis-server, not enough memory for "
                        "the allocation"),
            std::nullopt);
}

TEST(EventMeaning, APidsRejectionIsTheServersWhereItsCgroupIsOrLiesBelow) {
  EXPECT_EQ(kernel_line("cgroup: fork rejected by pids controller in /system.slice/redis.service"),
            EventMeaning::look);
  EXPECT_EQ(kernel_line("cgroup: fork rejected by pids controller in /system.slice"),
            EventMeaning::look);
  EXPECT_EQ(kernel_line("cgroup: fork rejected by pids controller in /system.slice/redis.service2"),
            std::nullopt);
}

TEST(EventMeaning, AKilledChildOfThatNameIsWorthAPoll) {
  EXPECT_EQ(kernel_line("Out of memory: Killed process 990 (redis-server) total-vm:1kB, "
                        "anon-rss:1kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:1kB "
                        "oom_score_adj:0"),
            EventMeaning::poll);
  EXPECT_EQ(kernel_line("Out of memory: Killed process 990 (postgres) total-vm:1kB, anon-rss:1kB, "
                        "file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:1kB oom_score_adj:0"),
            std::nullopt);
}

TEST(EventMeaning, CountersOfMemoryTellOnlyWhenSomebodyFailed) {
  const host::Counters before = host::parse_counters("low 0\nhigh 0\nmax 3\noom 0\noom_kill 0\n");
  const host::Counters reclaimed =
      host::parse_counters("low 0\nhigh 5\nmax 9\noom 0\noom_kill 0\n");
  const host::Counters killed = host::parse_counters("low 0\nhigh 5\nmax 9\noom 1\noom_kill 1\n");
  EXPECT_EQ(risen(before, reclaimed), (std::vector<std::string>{"max"}));
  EXPECT_EQ(meaning_of_counters("memory.events", risen(before, reclaimed)), std::nullopt);
  EXPECT_EQ(risen(reclaimed, killed), (std::vector<std::string>{"oom", "oom_kill"}));
  EXPECT_EQ(meaning_of_counters("memory.events", risen(reclaimed, killed)), EventMeaning::look);
  EXPECT_EQ(meaning_of_counters("pids.events", {"max"}), EventMeaning::look);
  EXPECT_EQ(meaning_of_counters("pids.events", {}), std::nullopt);
}

}  // namespace
}  // namespace forkmend::daemon
