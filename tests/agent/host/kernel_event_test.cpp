// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/kernel_event.hpp"

#include <gtest/gtest.h>

namespace forkmend::host {
namespace {

template <class T>
std::optional<T> event(std::string_view text) {
  const auto found = parse_kernel_event(text);
  const T* typed = found ? std::get_if<T>(&*found) : nullptr;
  return typed != nullptr ? std::optional(*typed) : std::nullopt;
}

std::vector<OomRecord> kills_in(const std::vector<std::string>& lines) {
  std::vector<KernelMessage> log;
  log.reserve(lines.size());
  for (const std::string& line : lines) log.push_back({.text = line});
  return collect_oom_kills(log);
}

TEST(KernelEvent, KnowsEverySpellingOfAnOvercommitRefusal) {
  EXPECT_EQ(event<OvercommitRefusal>("__vm_enough_memory: pid: 812, comm: redis-server, no enough "
                                     "memory for the allocation"),
            (OvercommitRefusal{812, "redis-server", std::nullopt}));
  EXPECT_EQ(event<OvercommitRefusal>("__vm_enough_memory: pid: 812, comm: redis-server, not "
                                     "enough memory for the allocation"),
            (OvercommitRefusal{812, "redis-server", std::nullopt}));
  EXPECT_EQ(event<OvercommitRefusal>("__vm_enough_memory: pid: 812, comm: redis-server, bytes: "
                                     "1073741824 not enough memory for the allocation"),
            (OvercommitRefusal{812, "redis-server", 1073741824}));
}

TEST(KernelEvent, IsNotFooledByAProcessName) {
  EXPECT_EQ(event<OvercommitRefusal>("__vm_enough_memory: pid: 7, comm: a, bytes: 5 b, bytes: 9 "
                                     "not enough memory for the allocation"),
            (OvercommitRefusal{7, "a, bytes: 5 b", 9}));
  EXPECT_EQ(event<OomKill>("Out of memory: Killed process 5 (x) total-vm:1) total-vm:8kB, "
                           "anon-rss:4kB, file-rss:0kB, shmem-rss:0kB, UID:3 pgtables:1kB "
                           "oom_score_adj:0")
                ->comm,
            "x) total-vm:1");
}

TEST(KernelEvent, KnowsARejectionByThePidsController) {
  EXPECT_EQ(event<PidsRejection>("cgroup: fork rejected by pids controller in "
                                 "/system.slice/redis-server.service"),
            (PidsRejection{"/system.slice/redis-server.service"}));
}

TEST(KernelEvent, KnowsAKillOfToday) {
  const auto kill = event<OomKill>(
      "Memory cgroup out of memory: Killed process 1234 (redis-server) total-vm:2048kB, "
      "anon-rss:1024kB, file-rss:12kB, shmem-rss:0kB, UID:999 pgtables:2120kB oom_score_adj:0");
  EXPECT_EQ(kill, (OomKill{1234, "redis-server", true, 2048 * 1024, 1024 * 1024, 999}));
}

TEST(KernelEvent, KnowsAKillOfRhelSeven) {
  const auto kill = event<OomKill>(
      "Killed process 1234 (redis-server), UID 999, total-vm:2048kB, anon-rss:1024kB, "
      "file-rss:12kB, shmem-rss:0kB");
  EXPECT_EQ(kill, (OomKill{1234, "redis-server", false, 2048 * 1024, 1024 * 1024, 999}));
}

TEST(KernelEvent, TakesNoParentForAVictim) {
  EXPECT_EQ(parse_kernel_event("Memory cgroup out of memory: Kill process 812 (redis-server) "
                               "score 901 or sacrifice child"),
            std::nullopt);
}

TEST(KernelEvent, KnowsTheContextOfAKill) {
  EXPECT_EQ(event<OomContext>("oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,"
                              "mems_allowed=0,oom_memcg=/system.slice,task_memcg=/system.slice/"
                              "redis.service,task=redis-server,pid=1234,uid=999"),
            (OomContext{"CONSTRAINT_MEMCG", "/system.slice", "/system.slice/redis.service", 1234}));
  EXPECT_EQ(event<OomContext>("oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,"
                              "mems_allowed=0,global_oom,task_memcg=/a,task=redis-server,pid=1,"
                              "uid=0"),
            (OomContext{"CONSTRAINT_NONE", std::nullopt, "/a", 1}));
  EXPECT_EQ(event<OomContext>("Task in /docker/a killed as a result of limit of /docker"),
            (OomContext{"CONSTRAINT_MEMCG", "/docker", "/docker/a", std::nullopt}));
}

TEST(KernelEvent, KnowsAProcessThatSeccompEnded) {
  EXPECT_EQ(event<SeccompKill>(
                "audit: type=1326 audit(1764039798.120:77): auid=4294967295 uid=999 gid=999 "
                "ses=4294967295 subj=unconfined pid=4711 comm=\"redis-server\" "
                "exe=\"/usr/bin/redis-check-rdb\" sig=31 arch=c000003e syscall=277 compat=0 "
                "ip=0x7f0000000000 code=0x80000000"),
            (SeccompKill{4711, "redis-server", 31, 277}));
  // A name cannot pretend to be what follows it.
  EXPECT_EQ(
      event<SeccompKill>("audit: type=1326 audit(1.0:1): uid=9 pid=5 comm=\"a sig=9\" exe=\"b\" "
                         "sig=31 arch=c000003e syscall=82"),
      (SeccompKill{5, "a sig=9", 31, 82}));
  EXPECT_EQ(parse_kernel_event("audit: type=1326 audit(1.0:1): uid=9"), std::nullopt);
}

TEST(KernelEvent, KnowsAFaultOfAProcess) {
  EXPECT_EQ(event<ProcessorFault>("redis-server[812]: segfault at 0 ip 0000 sp 0000 error 4 in x"),
            (ProcessorFault{812, "redis-server", "segfault"}));
  EXPECT_EQ(event<ProcessorFault>("traps: valkey-server[9] general protection fault ip:1 sp:2"),
            (ProcessorFault{9, "valkey-server", "general protection"}));
  EXPECT_EQ(event<ProcessorFault>("traps: a[b][7] trap invalid opcode ip:1 sp:2 error:0 in x"),
            (ProcessorFault{7, "a[b]", "trap invalid opcode"}));
  EXPECT_EQ(parse_kernel_event("redis-server: segfault at 0"), std::nullopt);
}

TEST(KernelEvent, IgnoresOtherLines) {
  for (const std::string_view line :
       {"", "NET: Registered protocol family 10", "__vm_enough_memory: pid: x, comm: y",
        "Killed process", "Killed process 12", "Killed process 12 (x",
        "oom-kill:", "oom_reaper: reaped process 1234 (redis-server), now anon-rss:0kB"}) {
    EXPECT_EQ(parse_kernel_event(line), std::nullopt) << line;
  }
}

TEST(OomKills, HoldTheirContext) {
  const auto kills = kills_in(
      {"redis-server invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
       "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/l,"
       "task_memcg=/l,task=redis-server,pid=1234,uid=999",
       "Memory cgroup out of memory: Killed process 1234 (redis-server) total-vm:8kB, "
       "anon-rss:4kB, "
       "file-rss:0kB, shmem-rss:0kB, UID:999 pgtables:1kB oom_score_adj:0"});
  ASSERT_EQ(kills.size(), 1U);
  ASSERT_TRUE(kills[0].context);
  EXPECT_EQ(kills[0].context->oom_memcg, "/l");
}

TEST(OomKills, FindTheChildThatWasSacrificed) {
  const auto kills = kills_in(
      {"Task in /docker/a killed as a result of limit of /docker/a",
       "Memory cgroup out of memory: Kill process 812 (redis-server) score 901 or sacrifice child",
       "Killed process 900 (redis-server) total-vm:8kB, anon-rss:4kB, file-rss:0kB, "
       "shmem-rss:0kB"});
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].kill.pid, 900);
  EXPECT_EQ(kills[0].context->oom_memcg, "/docker/a");
}

TEST(OomKills, DoNotBorrowTheContextOfAnother) {
  const auto kills = kills_in(
      {"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task_memcg=/,task=a,pid=5,uid=0",
       "Out of memory: Killed process 6 (b) total-vm:8kB, anon-rss:4kB, file-rss:0kB"});
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].context, std::nullopt);
}

}  // namespace
}  // namespace forkmend::host
