// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Every remedy, on a real server and the real kernel: planned from what is seen, done and kept for
// the next boot, its effect read back, a save proven (or said that none is), undone; then host and
// server are byte-identical to what they were. A remedy without a row fails the test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <ranges>
#include <set>
#include <vector>

#include "host/remedy_scene.hpp"
#include "support/lab/program.hpp"

namespace forkmend::testing {
namespace {

using remediations::Proposal;
using remediations::Refusal;
using remediations::Step;

enum class Ending {
  saves,      ///< a save works afterwards
  mitigates,  ///< the remedy's spec says that it heals nothing
  advises,    ///< no step, sentences for a person
};

struct Row {
  const char* remedy;
  int solution;  ///< of the eight that the project started from; 0: none of them
  const char* cause;
  Ending ending;
  void (*arrange)(RemedyScene& scene);
};

constexpr auto kRows = std::to_array<Row>({
    {"overcommit-memory", 1, "commit-limit", Ending::saves, strict_limit_refuses},
    {"overcommit-limit", 1, "commit-limit", Ending::saves, strict_limit_refuses},
    {"thp", 2, "thp", Ending::saves, huge_pages_always},
    {"maxmemory", 3, "", Ending::saves, filled_with_ttl},
    {"memory-purge", 3, "", Ending::saves, memory_freed},
    {"diskless-replication", 4, "disk-full", Ending::mitigates, replica_is_there},
    {"replica-persistence", 4, "", Ending::mitigates, replica_persists},
    {"save-schedule", 6, "", Ending::mitigates, fewer_saves},
    {"active-defrag", 7, "fragmentation", Ending::saves, all_is_well},
    {"memory-advice", 8, "", Ending::advises, all_is_well},
    {"nproc-limit", 0, "nproc-limit", Ending::saves, nproc_refuses},
    {"tasks-limit", 0, "pids-limit", Ending::saves, pids_cgroup_refuses},
    {"memory-limit", 0, "cgroup-oom", Ending::saves, memory_cgroup_killed},
    {"system-tasks", 0, "system-task-limit", Ending::saves, tasks_nearly_used_up},
    {"stale-temp-files", 0, "stale-temp-files", Ending::saves, stale_file_left},
    {"serialize-saves", 0, "overlapping-saves", Ending::saves, two_servers},
    {"incremental-fsync", 0, "seccomp", Ending::saves, all_is_well},
    {"cancel-child", 0, "hung-child", Ending::saves, child_hangs},
    {"stop-writes", 0, "", Ending::mitigates, nproc_refuses},
    {"pause-aof-rewrite", 0, "nproc-limit", Ending::mitigates, aof_is_on},
    {"guard-replica", 0, "", Ending::saves, is_replica},
    {"hook", 0, "", Ending::saves, hook_of_the_user},
});

/// The strict limit that it lifts would bind this process too, so that the whole program is run in
/// its place: swap_rescue_test.cpp does, reads back, proves, undoes and pastes.
constexpr auto* kWithItsOwnTest = "swapfile";
constexpr int kSolutionOfItsOwnTest = 5;

/// Debian's servers lack the patched allocator, and say so; then nothing is there to be done. One
/// that FORKMEND_REDIS_SERVER names has it (tests/run defrag).
bool server_cannot(const Row& row, const remediations::PlanResult& planned) {
  const auto* refusal = std::get_if<Refusal>(&planned);
  return refusal != nullptr && row.remedy == std::string("active-defrag") &&
         std::getenv("FORKMEND_REDIS_SERVER") == nullptr &&
         refusal->because.find("libjemalloc") != std::string::npos;
}

/// What a step sets. The rest of its effects are what follows, reckoned beforehand: memory that
/// becomes free, in a kernel that never stands still.
bool is_setting(const std::string& fact) {
  return fact.starts_with("redis.config.") || fact.ends_with(".max") ||
         fact.starts_with("host.overcommit_") || fact.starts_with("host.thp") ||
         fact.starts_with("instance.nproc_") || fact == "host.threads_max";
}

/// After the last step: of a value that is lowered gradually the last one holds.
void expect_effects(const std::vector<Step>& steps, const FactSet& now) {
  std::map<std::string, FactValue> effects;
  for (const Step& step : steps) {
    for (const auto& [name, value] : step.effects) effects.insert_or_assign(name, value);
  }
  for (const auto& [name, value] : effects) {
    if (!is_setting(name)) continue;
    const Fact* fact = now.find(name);
    ASSERT_NE(fact, nullptr) << name;
    EXPECT_EQ(to_string(*fact), to_string(value)) << name;
  }
}

void expect_a_save(const RedisServer& server) {
  const std::size_t since = read_file(server.log_file()).size();
  EXPECT_EQ(server.call({"BGSAVE"}), "Background saving started");
  server.wait_for_log("Background saving terminated with success", since);
  EXPECT_EQ(server.info("rdb_last_bgsave_status"), "ok");
}

bool may_set_limits_of_others() {
  constexpr unsigned kSysResource = 24;  // linux/capability.h
  const std::string status = read_file("/proc/self/status");
  const std::string word = "CapEff:\t";
  const std::size_t at = status.find(word);
  const auto mask = std::stoull(status.substr(at + word.size(), 16), nullptr, 16);
  return (mask >> kSysResource & 1U) != 0;
}

/// A signal or MEMORY PURGE: what is done to a process is not there to be done again, or seen.
bool is_momentary(const std::vector<Step>& steps) {
  return std::ranges::any_of(
      steps, [](const Step& step) { return remediations::is_momentary(step.target.type); });
}

/// The lines of the plan, typed into a shell by a person.
void paste_and_undo(const Proposal& proposal, const RemedyScene& scene,
                    const std::map<std::string, std::string>& before) {
  std::vector<Step> steps = proposal.steps;
  steps.insert(steps.end(), proposal.persist.begin(), proposal.persist.end());
  if (is_momentary(steps)) return;
  // A root without CAP_SYS_RESOURCE, as of some containers, has to type them as the server's user.
  const bool limits = std::ranges::any_of(
      steps, [](const Step& step) { return step.target.type == remediations::StepType::rlimit; });
  const auto user = limits && !may_set_limits_of_others() ? ordinary_user() : std::nullopt;
  for (const Step& step : steps) ServerRemedy::paste(step.shell, user);
  EXPECT_NE(difference(before, scene.snapshot()), "") << "the pasted lines have changed nothing";
  for (const Step& step : steps | std::views::reverse) ServerRemedy::paste(step.undo_shell, user);
  EXPECT_EQ(difference(before, scene.snapshot()), "") << "by the pasted lines";
}

void walk(const Row& row) {
  RemedyScene scene;
  row.arrange(scene);
  ServerRemedy& server = scene.server();
  const auto before = scene.snapshot();
  const auto planned = server.plan(row.remedy, scene.settings, row.cause);
  if (server_cannot(row, planned)) return;
  ASSERT_TRUE(std::holds_alternative<Proposal>(planned)) << std::get<Refusal>(planned).because;
  const auto& proposal = std::get<Proposal>(planned);
  const bool mitigates = remediations::find_remediation(row.remedy)->mitigates;
  EXPECT_EQ(mitigates, row.ending == Ending::mitigates);
  EXPECT_EQ(proposal.steps.empty(), row.ending == Ending::advises);
  if (row.ending == Ending::advises) {
    EXPECT_FALSE(proposal.predicted.empty() && proposal.notes.empty());
    return;
  }
  ASSERT_EQ(server.apply(proposal.steps), "");
  if (!is_momentary(proposal.steps)) {
    EXPECT_NE(difference(before, scene.snapshot()), "") << "the plan has changed nothing";
  }
  // The child has ended; its server takes notice of that at its next cron.
  const bool ends_a_child = row.remedy == std::string("cancel-child");
  if (ends_a_child) server.server().wait_for_log("Background saving terminated by signal", 0);
  expect_effects(proposal.steps, server.facts());
  if (row.ending == Ending::saves) expect_a_save(server.server());
  EXPECT_EQ(server.apply(proposal.persist), "");
  EXPECT_EQ(server.undo(), "");
  EXPECT_EQ(difference(before, scene.snapshot()), "");
  paste_and_undo(proposal, scene, before);
}

class RemedyTable : public ::testing::TestWithParam<Row> {};

TEST_P(RemedyTable, DoesAndUndoes) {
  walk(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Of, RemedyTable, ::testing::ValuesIn(kRows), [](const auto& row) {
  std::string name = row.param.remedy;
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(RemedyTableItself, HasARowForEveryRemedyAndEverySolution) {
  std::set<std::string> remedies = {kWithItsOwnTest};
  std::set<int> solutions = {kSolutionOfItsOwnTest};
  for (const Row& row : kRows) {
    remedies.emplace(row.remedy);
    solutions.insert(row.solution);
  }
  for (const auto* spec : remediations::registry()) {
    EXPECT_EQ(remedies.count(std::string(spec->id)), 1U) << spec->id;
  }
  EXPECT_EQ(remedies.size(), remediations::registry().size());
  for (int solution = 1; solution <= 8; ++solution) {
    EXPECT_EQ(solutions.count(solution), 1U) << solution;
  }
}

}  // namespace
}  // namespace forkmend::testing
