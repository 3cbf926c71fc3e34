// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "setups.hpp"

#include <array>

namespace forkmend::bench {

namespace {

constexpr std::int64_t kSmallPage = 4096;
constexpr std::int64_t kMebibyte = std::int64_t{1} << 20;
/// No other process of these tests has such a uid, so that the tasks of a subject are all there
/// are.
constexpr uid_t kFirstUid = 60'300;

constexpr std::array kCharged = {MappingKind::plain, MappingKind::merged, MappingKind::wipe_on_fork,
                                 MappingKind::sticky_read_only, MappingKind::thp_advised};
constexpr std::array kLarge = {
    MappingKind::plain,        MappingKind::merged,           MappingKind::merged,
    MappingKind::wipe_on_fork, MappingKind::sticky_read_only, MappingKind::thp_advised,
    MappingKind::no_reserve,   MappingKind::dont_fork,        MappingKind::never_writable};

template <std::size_t N>
MappingKind one_of(Random& random, const std::array<MappingKind, N>& kinds) {
  return kinds.at(static_cast<std::size_t>(between(random, 0, N - 1)));
}

std::vector<Mapping> small_mappings(Random& random) {
  std::vector<Mapping> mappings;
  for (std::int64_t i = between(random, 0, 5); i > 0; --i) {
    const auto kind = static_cast<MappingKind>(between(random, 0, kMappingKinds - 1));
    mappings.push_back({kind, between(random, 2, 40'000) * kSmallPage});
  }
  return mappings;
}

void near_nproc(Random& random, Setup& setup) {
  Recipe& recipe = setup.recipe;
  recipe.threads = static_cast<int>(between(random, 0, 6));
  recipe.nproc_soft = 1 + recipe.threads + between(random, -1, 2);
  // Now and then one whom the limit does not bind.
  recipe.keep_sys_admin = recipe.uid != 0 && chance(random, 15);
}

void near_pids(Random& random, Setup& setup) {
  const bool inner = chance(random, 60);
  (inner ? setup.inner_room : setup.outer_room) = between(random, -1, 2);
  if (chance(random, 30)) (inner ? setup.outer_room : setup.inner_room) = between(random, 0, 3);
}

void near_heuristic(Random& random, Setup& setup, const HostSize& host) {
  setup.born_mode = chance(random, 70) ? 0 : 1;
  setup.fork_mode = 0;
  const std::int64_t off =
      chance(random, 75) ? between(random, -3, 3) : between(random, -9999, 9999);
  setup.recipe.mappings.push_back({one_of(random, kLarge), host.ram_and_swap + off * kSmallPage});
  // Two that pass alone are not summed.
  if (chance(random, 20)) {
    setup.recipe.mappings.push_back({MappingKind::plain, host.ram_and_swap - kSmallPage});
  }
}

void never_refused(Random& random, Setup& setup, const HostSize& host) {
  setup.born_mode = 1;
  setup.fork_mode = 1;
  setup.recipe.mappings.push_back({one_of(random, kLarge), host.ram_and_swap + 1000 * kSmallPage});
}

/// Just outside of what the counter may be off on either side, sometimes within, sometimes far.
std::int64_t commit_room(Random& random, const HostSize& host) {
  const std::int64_t sign = chance(random, 50) ? 1 : -1;
  if (chance(random, 15)) return between(random, -host.counter_error, host.counter_error);
  if (chance(random, 60))
    return sign * (host.counter_error + between(random, 1, 8000) * kSmallPage);
  return sign * (host.counter_error + between(random, 8, 400) * kMebibyte);
}

void near_strict(Random& random, Setup& setup, const HostSize& host) {
  setup.born_mode = static_cast<int>(between(random, 0, 2));
  setup.fork_mode = 2;
  setup.recipe.mappings.push_back(
      {one_of(random, kCharged),
       between(random, 1800, 3000) * kMebibyte + between(random, 0, 9) * kSmallPage});
  setup.commit_room = commit_room(random, host);
  setup.recipe.keep_sys_admin = setup.recipe.uid != 0 && chance(random, 25);
}

void near_deadline(Random& random, Setup& setup) {
  setup.recipe.scheduling = chance(random, 50) ? Scheduling::deadline : Scheduling::deadline_reset;
}

void near_pid_space(Random& random, Setup& setup) {
  // One without any process is unknown: only now and then.
  const bool fresh = chance(random, 5);
  setup.recipe.pid_space = fresh                ? PidSpace::fresh
                           : chance(random, 50) ? PidSpace::alive
                                                : PidSpace::dead;
}

/// Either side of what the rule leaves open: VmPTE +- 512 KiB and the batches of the CPUs.
void near_memory(Random& random, Setup& setup, const HostSize& host) {
  constexpr std::int64_t kStructures = std::int64_t{512} * 1024;
  setup.recipe.page_tables = between(random, 8, 12) * kMebibyte;
  setup.memory_room = chance(random, 50)
                          ? kStructures + between(random, 0, 64) * kSmallPage
                          : -kStructures - host.stock - between(random, 1, 256) * kSmallPage;
}

struct Kind {
  const char* rule;
  int weight;
  void (*near)(Random& random, Setup& setup, const HostSize& host);
};

constexpr std::array kKinds = {
    Kind{"NPROC", 18, [](Random& r, Setup& s, const HostSize&) { near_nproc(r, s); }},
    Kind{"PIDS", 18, [](Random& r, Setup& s, const HostSize&) { near_pids(r, s); }},
    Kind{"OC0-new", 25, near_heuristic},
    Kind{"OC1", 4, never_refused},
    Kind{"OC2", 22, near_strict},
    Kind{"DL", 4, [](Random& r, Setup& s, const HostSize&) { near_deadline(r, s); }},
    Kind{"PIDNS", 6, [](Random& r, Setup& s, const HostSize&) { near_pid_space(r, s); }},
    Kind{"MEMCG", 3, near_memory},
};

const Kind& choose(Random& random) {
  std::int64_t ticket = between(random, 1, 100);
  for (const Kind& kind : kKinds) {
    ticket -= kind.weight;
    if (ticket <= 0) return kind;
  }
  return kKinds.front();
}

}  // namespace

std::int64_t between(Random& random, std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(random);
}

bool chance(Random& random, int percent) {
  return between(random, 1, 100) <= percent;
}

Setup random_setup(Random& random, const HostSize& host) {
  Setup setup;
  setup.born_mode = static_cast<int>(between(random, 0, 2));
  setup.fork_mode = static_cast<int>(between(random, 0, 1));
  setup.recipe.uid =
      chance(random, 20) ? 0 : kFirstUid + static_cast<uid_t>(between(random, 0, 40));
  setup.recipe.threads = static_cast<int>(between(random, 0, 3));
  setup.recipe.mappings = small_mappings(random);
  const Kind& kind = choose(random);
  setup.about = kind.rule;
  if (setup.about == "MEMCG" && !host.memory_cgroup) return random_setup(random, host);
  kind.near(random, setup, host);
  // A second rule near its boundary shows that the first in the kernel's order binds.
  if (chance(random, 12) && setup.about != "MEMCG") near_pids(random, setup);
  if (chance(random, 12) && setup.about != "MEMCG") near_nproc(random, setup);
  return setup;
}

}  // namespace forkmend::bench
