// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The plan of every case: what would be done with the built-in policy is in NAME/plan.expected, and
// no policy, however careless, makes forkmend do what popular advice does harm with.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "case.hpp"
#include "engine/outlook.hpp"
#include "harm.hpp"
#include "plan_text.hpp"
#include "remediations/remediation.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const char* variable) {
  const char* folder = std::getenv(variable);
  return folder != nullptr ? fs::path(folder) : fs::path();
}

fs::path cases() {
  return folder_of("FORKMEND_BUNDLE_CASES");
}

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

const policy::Policy& built_in() {
  static const policy::Policy policy = parsed(policy::default_policy_text(), "built-in default");
  return policy;
}

/// The policies that are shipped, and for each remedy one that takes it for the answer to all and
/// allows everything.
const std::map<std::string, policy::Policy>& policies() {
  static const std::map<std::string, policy::Policy> all = [] {
    std::map<std::string, policy::Policy> made;
    for (const auto& file : fs::directory_iterator(folder_of("FORKMEND_POLICIES"))) {
      if (file.path().extension() != ".toml") continue;
      const std::string name = file.path().filename().string();
      made.emplace(name, parsed(read_text(file.path()), name));
    }
    for (const auto* spec : remediations::registry()) {
      const std::string id(spec->id);
      if (id == "hook") continue;  // whatever it does is the user's
      made.emplace("only " + id,
                   parsed("schema = 1\n[rails]\nmax_risk = \"lossy\"\n"
                          "keep_strict_overcommit = false\n[[rule]]\nname = \"the popular "
                          "answer\"\ntry = [\"" +
                              id + "\"]\npersist = \"after-verify\"\n",
                          id));
    }
    return made;
  }();
  return all;
}

using Steps = std::vector<remediations::Step>;

Steps all_steps(const engine::Plan& plan) {
  Steps all = plan.first_aid;
  for (const auto& attempt : plan.attempts) {
    all.insert(all.end(), attempt.steps.begin(), attempt.steps.end());
    all.insert(all.end(), attempt.persist.begin(), attempt.persist.end());
  }
  return all;
}

void expect_golden(const std::string& name, const std::string& said) {
  const fs::path file = cases() / name / "plan.expected";
  if (std::getenv("FORKMEND_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(file, std::ios::binary) << said;
    return;
  }
  EXPECT_EQ(said, read_text(file)) << "FORKMEND_UPDATE_GOLDEN=1 writes what is said now";
}

void expect_no_harm(const engine::Bundle& bundle) {
  const auto& instance = *bundle.targets.front().instance;
  for (const auto& [name, policy] : policies()) {
    const engine::Plan plan = plan_for(bundle, policy, Risk::lossy);
    auto causes = engine::refusing_causes(instance.observation.forecast);
    causes.push_back(plan.cause);
    for (const auto& step : all_steps(plan)) {
      const std::string harm = harm_of(step, causes);
      EXPECT_TRUE(harm.empty()) << "policy " << name << ", cause " << plan.cause << ": "
                                << to_string(step.target) << " is " << harm;
      EXPECT_NE(plan.cause, "hijacked-dir") << name;
      EXPECT_LE(step.risk, policy.rails.max_risk) << name;
    }
  }
}

/// Without --allow, whatever a policy says.
void expect_consent_is_needed(const engine::Bundle& bundle) {
  for (const auto& [name, policy] : policies()) {
    for (const auto& step : all_steps(plan_for(bundle, policy))) {
      EXPECT_LE(step.risk, Risk::disruptive) << name << ": " << to_string(step.target);
    }
  }
}

class PlanOf : public ::testing::TestWithParam<std::string> {};

TEST_P(PlanOf, IsTheExpectedOneAndNeverHarms) {
  const TempDir dir;
  expand_case(cases(), GetParam(), dir.path());
  const auto bundle = engine::read_bundle(dir.path());
  ASSERT_TRUE(bundle) << bundle.error().message;
  expect_golden(GetParam(), plan_text(plan_for(*bundle, built_in())));
  expect_no_harm(*bundle);
  expect_consent_is_needed(*bundle);
}

INSTANTIATE_TEST_SUITE_P(Bundles, PlanOf, ::testing::ValuesIn(case_names(cases())),
                         [](const auto& one) {
                           std::string name = one.param;
                           for (char& c : name) c = c == '-' || c == '.' ? '_' : c;
                           return name;
                         });

/// So that the two rules above are known to catch something.
TEST(Harm, IsSeenInTheUsualAnswers) {
  remediations::Step step;
  step.target.type = remediations::StepType::config;
  step.target.name = "stop-writes-on-bgsave-error";
  step.after = "no";
  EXPECT_NE(harm_of(step, {"disk-full"}), "");
  step.lease = 3600;
  step.risk = Risk::durability;
  EXPECT_EQ(harm_of(step, {"disk-full"}), "") << "a bridge that ends by itself";
  step.target = {};
  step.target.name = "vm.overcommit_memory";
  step.after = "1";
  EXPECT_NE(harm_of(step, {"cgroup-oom"}), "");
  EXPECT_EQ(harm_of(step, {"overcommit-heuristic"}), "");
}

constexpr std::string_view kRisky = R"(
[[rule]]
name = "risky"
cause = ["commit-limit"]
try = [{ remedy = "overcommit-limit", risk = "lossy" }]
)";

/// Each of the three consents alone is not enough, nor are two.
TEST(Consent, TakesPolicyRailAndCommandLine) {
  const TempDir dir;
  expand_case(cases(), "commit-limit-debian-12-redis-7.0.15", dir.path());
  const auto bundle = engine::read_bundle(dir.path());
  ASSERT_TRUE(bundle) << bundle.error().message;
  const std::string rail = "schema = 1\n[rails]\nmax_risk = \"lossy\"\n";
  const auto all = parsed(rail + std::string(kRisky), "all.toml");
  const auto no_rail = parsed("schema = 1\n" + std::string(kRisky), "no-rail.toml");
  const auto no_rule = parsed(rail, "no-rule.toml");
  EXPECT_EQ(plan_for(*bundle, all, Risk::lossy).attempts.size(), 1U);
  EXPECT_TRUE(plan_for(*bundle, all, Risk::durability).empty());
  EXPECT_TRUE(plan_for(*bundle, all).empty());
  EXPECT_TRUE(plan_for(*bundle, no_rail, Risk::lossy).empty());
  EXPECT_TRUE(plan_for(*bundle, no_rule, Risk::lossy).empty());
}

}  // namespace
}  // namespace forkmend::testing
