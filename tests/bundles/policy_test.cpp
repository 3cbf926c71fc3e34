// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What each policy that ships does differently from the built-in one, on hosts of the cases.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "case.hpp"
#include "plan_text.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

namespace fs = std::filesystem;

fs::path folder_of(const char* variable) {
  const char* folder = std::getenv(variable);
  return folder != nullptr ? fs::path(folder) : fs::path();
}

/// Of the shipped policy; "default" is the one that is compiled in.
engine::Plan plan_of(const std::string& policy, const std::string& name) {
  const fs::path cases = folder_of("FORKMEND_BUNDLE_CASES");
  const fs::path file = folder_of("FORKMEND_POLICIES") / (policy + ".toml");
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const TempDir dir;
  expand_case(cases, name, dir.path());
  const auto bundle = engine::read_bundle(dir.path());
  EXPECT_TRUE(bundle) << bundle.error().message;
  return plan_for(*bundle, parsed(text, policy + ".toml"), Risk::lossy);
}

std::vector<std::string> tries(const engine::Plan& plan) {
  std::vector<std::string> all;
  all.reserve(plan.attempts.size());
  for (const auto& attempt : plan.attempts) all.push_back(attempt.remedy);
  return all;
}

/// What is tried first; "" when nothing is.
std::string first(const engine::Plan& plan) {
  return plan.attempts.empty() ? "" : plan.attempts.front().remedy;
}

std::string refusal_of(const engine::Plan& plan, std::string_view remedy) {
  const auto found = std::ranges::find(plan.refused, remedy, &engine::RefusedRemedy::remedy);
  return found == plan.refused.end() ? "" : found->because;
}

std::string advice_of(const engine::Plan& plan) {
  std::string all;
  for (const auto& line : plan.advice) all += line + "\n";
  return all;
}

bool persists(const engine::Plan& plan) {
  return std::ranges::any_of(plan.attempts,
                             [](const auto& attempt) { return !attempt.persist.empty(); });
}

constexpr const char* kStrict = "commit-limit-debian-12-redis-7.0.15";
constexpr const char* kHeuristic = "overcommit-heuristic-debian-12";
constexpr const char* kTasks = "pids-limit-debian-12-redis-7.0.15";
constexpr const char* kProcesses = "nproc-limit-debian-13-redis-8.0.2";
constexpr const char* kReplica = "commit-limit-replica-7";
constexpr const char* kShort = "memory-shortage-mode-1";

TEST(DefaultPolicy, IsWhatTheOthersAreComparedWith) {
  EXPECT_EQ(first(plan_of("default", kStrict)), "overcommit-limit");
  EXPECT_EQ(first(plan_of("default", kHeuristic)), "overcommit-memory");
  EXPECT_EQ(first(plan_of("default", kTasks)), "tasks-limit");
  EXPECT_EQ(first(plan_of("default", kProcesses)), "nproc-limit");
  EXPECT_TRUE(persists(plan_of("default", kStrict)));
  EXPECT_THAT(advice_of(plan_of("default", kShort)), HasSubstr("memory for a save: "));
}

TEST(ConservativePolicy, LeavesTheHostsMemoryAndTheNextBootAlone) {
  const auto heuristic = plan_of("conservative", kHeuristic);
  EXPECT_THAT(tries(heuristic), IsEmpty());
  EXPECT_THAT(advice_of(heuristic), HasSubstr("no rule of conservative.toml matches"));
  const auto strict = plan_of("conservative", kStrict);
  EXPECT_THAT(tries(strict), ElementsAre("overcommit-limit"));
  EXPECT_FALSE(persists(strict));
  EXPECT_FALSE(persists(plan_of("conservative", kTasks)));
}

TEST(ConservativePolicy, GivesNoHeadroom) {
  const auto ours = plan_of("conservative", kStrict);
  const auto usual = plan_of("strict-overcommit", kStrict);
  EXPECT_LT(*ours.attempts.front().steps.front().after, *usual.attempts.front().steps.front().after)
      << "both are ratio=NN";
}

TEST(CachePolicy, LeavesTheStrictModeWhereTheLimitDoesNotHeal) {
  const auto plan = plan_of("cache", kStrict);
  EXPECT_THAT(tries(plan), ElementsAre("overcommit-limit", "overcommit-memory"));
  EXPECT_EQ(plan.attempts[1].because, "has its turn if overcommit-limit does not heal");
}

TEST(StrictOvercommitPolicy, NeverLeavesTheModeAndKeepsMoreHeadroom) {
  const auto strict = plan_of("strict-overcommit", kStrict);
  ASSERT_EQ(first(strict), "overcommit-limit");
  const auto usual = plan_of("default", kStrict);
  EXPECT_GT(*strict.attempts.front().steps.front().after,
            *usual.attempts.front().steps.front().after)
      << "both are ratio=NN";
  EXPECT_THAT(tries(plan_of("strict-overcommit", kHeuristic)), IsEmpty());
}

TEST(ReplicaPolicy, KeepsItsHandsOffAMaster) {
  const auto master = plan_of("replica", kStrict);
  EXPECT_THAT(tries(master), IsEmpty());
  EXPECT_EQ(master.rule, "promoted to master: hands off");
}

TEST(ReplicaPolicy, GuardsAReplicaAndMendsIt) {
  const auto plan = plan_of("replica", kReplica);
  EXPECT_THAT(tries(plan), ElementsAre("overcommit-limit"));
  ASSERT_EQ(plan.first_aid.size(), 1U);
  EXPECT_EQ(plan.first_aid.front().remedy, "guard-replica");
}

TEST(ContainerHostPolicy, ChangesNothingThatTheRuntimeWouldNotForget) {
  const auto tasks = plan_of("container-host", kTasks);
  EXPECT_THAT(tries(tasks), ElementsAre("tasks-limit"));
  EXPECT_FALSE(persists(tasks));
  EXPECT_TRUE(persists(plan_of("default", kTasks)));
  EXPECT_THAT(tries(plan_of("container-host", kHeuristic)), Not(Contains("overcommit-memory")));
}

TEST(Policies, AllSumUpWhatMemoryIsNeeded) {
  for (const auto* policy :
       {"default", "conservative", "cache", "strict-overcommit", "container-host"}) {
    const auto plan = plan_of(policy, kShort);
    EXPECT_THAT(advice_of(plan), HasSubstr("memory for a save: ")) << policy;
    EXPECT_EQ(refusal_of(plan, "memory-advice"), "") << policy;
  }
}

}  // namespace
}  // namespace forkmend::testing
