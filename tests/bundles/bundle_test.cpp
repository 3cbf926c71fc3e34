// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Every folder beside this file is a host and a server as somebody met them, with the answer that
// the program has to give.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <map>
#include <set>

#include "base/error.hpp"
#include "case.hpp"
#include "engine/bundle.hpp"
#include "engine/plan.hpp"
#include "policy/policy.hpp"
#include "remediations/remediation.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {
namespace {

namespace fs = std::filesystem;

using diagnosis::Confidence;
using diagnosis::Diagnosis;

fs::path cases() {
  const char* folder = std::getenv("FORKMEND_BUNDLE_CASES");
  return folder != nullptr ? fs::path(folder) : fs::path();
}

std::string shown(const engine::ObservedInstance& instance) {
  const Diagnosis& diagnosis = instance.diagnosis;
  std::string text = diagnosis.failing ? "failing\n" : "not failing\n";
  for (const auto& failure : diagnosis.failures) {
    text += "failure: " + std::string(to_string(failure.kind)) + " at " +
            std::string(to_string(failure.stage)) + " " +
            (failure.error_number ? errno_name(*failure.error_number) : "-") + ": " + failure.text +
            "\n";
  }
  for (const auto& cause : diagnosis.causes) {
    text += "cause: " + cause.id + " " + std::string(to_string(cause.confidence)) + "\n";
    for (const auto& witness : cause.evidence) {
      text += "    " + witness.source + ": " + witness.says + "\n";
    }
  }
  for (const auto& out : diagnosis.ruled_out) text += "not: " + out.id + ": " + out.because + "\n";
  for (const auto& strain : diagnosis.strains) {
    text += "strain: " + strain.id + " " + std::string(to_string(strain.confidence)) + "\n";
  }
  for (const auto& line : diagnosis.advice) text += "advice: " + line + "\n";
  for (const auto& line : diagnosis.consequences) text += "risk: " + line + "\n";
  text += "forecast: " + std::string(to_string(instance.observation.forecast.verdict)) + "\n";
  for (const auto& rule : instance.observation.forecast.rules) {
    text +=
        "rule: " + rule.id + " " + std::string(to_string(rule.verdict)) + ": " + rule.says + "\n";
  }
  return text;
}

bool is_sure(const diagnosis::Cause& cause) {
  return cause.confidence != Confidence::possible;
}

/// The first cause in the words of expected.toml.
std::string answer(const Diagnosis& diagnosis) {
  if (!diagnosis.failing) return "none";
  if (diagnosis.causes.empty()) return "unknown";
  const auto& first = diagnosis.causes.front();
  return is_sure(first) ? first.id : "possible " + first.id;
}

engine::Plan plan_for(const engine::Bundle& bundle, const engine::ObservedInstance& instance,
                      const policy::Policy& policy) {
  return engine::make_plan({.instance = instance.endpoint,
                            .facts = instance.observation.facts,
                            .diagnosis = instance.diagnosis,
                            .forecast = instance.observation.forecast,
                            .policy = policy,
                            .root = bundle.root,
                            .allowed = Risk::disruptive});
}

policy::Policy parsed(std::string_view text) {
  return std::get<policy::Policy>(
      policy::parse_policy(text, "policy.toml", remediations::remedy_declarations()));
}

const policy::Policy& built_in_policy() {
  static const policy::Policy policy = parsed(policy::default_policy_text());
  return policy;
}

/// Whoever writes this policy has taken one remedy for the answer to everything.
const policy::Policy& policy_of_one(const std::string& remedy) {
  static std::map<std::string, policy::Policy> policies;
  const auto found = policies.find(remedy);
  if (found != policies.end()) return found->second;
  const std::string text =
      "schema = 1\nmode = \"heal\"\n[[rule]]\nname = \"the popular answer\"\n"
      "on = [\"failure\"]\ntry = [\"" +
      remedy + "\"]\n";
  return policies.emplace(remedy, parsed(text)).first->second;
}

bool tries(const engine::Plan& plan, const std::string& remedy) {
  return std::ranges::find(plan.attempts, remedy, &engine::Attempt::remedy) != plan.attempts.end();
}

bool is_named(const Diagnosis& diagnosis, const std::string& id) {
  return !diagnosis.causes.empty() && diagnosis.causes.front().id == id;
}

/// Until the cause is known, the answer may be "possible" or nothing, never another cause.
void expect_nothing_sure(const Diagnosis& diagnosis, std::string_view hint) {
  for (const auto& cause : diagnosis.causes) EXPECT_FALSE(is_sure(cause)) << cause.id << hint;
}

void expect_cause(const Diagnosis& diagnosis, const Expectation& expected) {
  const bool alarm = expected.cause == "false-alarm";
  if (!expected.wrong_today.empty()) {
    EXPECT_EQ(answer(diagnosis), expected.wrong_today)
        << "another answer than before; if it is the right one, take `wrong_today` away";
    return;
  }
  EXPECT_EQ(diagnosis.failing, expected.cause != "none" && !alarm);
  if (expected.cause == "none") return;
  if (expected.pending && expected.strains.empty()) {
    expect_nothing_sure(diagnosis, " is a wrong or a new answer; if right, take `pending` away");
    return;
  }
  if (expected.cause == "unknown") return expect_nothing_sure(diagnosis, "");
  ASSERT_FALSE(diagnosis.causes.empty());
  EXPECT_TRUE(is_named(diagnosis, expected.cause)) << diagnosis.causes.front().id;
  if (expected.confidence.empty()) return;
  EXPECT_EQ(to_string(diagnosis.causes.front().confidence), expected.confidence);
}

/// Those that are expected, and on a server on which nothing fails no other sure one.
void expect_strains(const Diagnosis& diagnosis, const Expectation& expected) {
  if (expected.pending) return;
  const auto& shown = diagnosis.strains;
  for (const std::string& id : expected.strains) {
    EXPECT_NE(std::ranges::find(shown, id, &diagnosis::Cause::id), shown.end())
        << id << " is not among the strains";
  }
  if (expected.cause != "none") return;
  for (const auto& strain : shown) {
    const bool named = std::ranges::find(expected.strains, strain.id) != expected.strains.end();
    EXPECT_TRUE(named || !is_sure(strain)) << strain.id << " is told, and is none";
  }
}

void expect_failure(const Diagnosis& diagnosis, const Expectation& expected) {
  if (expected.kind.empty() && expected.stage.empty() && expected.error.empty()) return;
  ASSERT_FALSE(diagnosis.failures.empty());
  const auto& newest = diagnosis.failures.front();
  if (!expected.kind.empty()) {
    EXPECT_EQ(to_string(newest.kind), expected.kind);
  }
  if (!expected.stage.empty()) {
    EXPECT_EQ(to_string(newest.stage), expected.stage);
  }
  if (expected.error.empty()) return;
  EXPECT_EQ(newest.error_number ? errno_name(*newest.error_number) : "", expected.error);
}

void expect_rest(const engine::Bundle& bundle, const engine::ObservedInstance& instance,
                 const Expectation& expected) {
  const Diagnosis& diagnosis = instance.diagnosis;
  for (const std::string& id : expected.ruled_out) {
    EXPECT_NE(std::ranges::find(diagnosis.ruled_out, id, &diagnosis::RuledOut::id),
              diagnosis.ruled_out.end())
        << id << " is not ruled out";
  }
  std::string sentences;
  for (const auto& line : diagnosis.advice) sentences += line + "\n";
  for (const auto& line : diagnosis.consequences) sentences += line + "\n";
  for (const std::string& part : expected.advice) {
    EXPECT_NE(sentences.find(part), std::string::npos) << "nothing says \"" << part << "\"";
  }
  if (!expected.forecast.empty()) {
    EXPECT_EQ(to_string(instance.observation.forecast.verdict), expected.forecast);
  }
  if (expected.refused.empty()) return;
  const auto built_in = plan_for(bundle, instance, built_in_policy());
  for (const std::string& remedy : expected.refused) {
    EXPECT_FALSE(tries(built_in, remedy)) << remedy;
    EXPECT_FALSE(tries(plan_for(bundle, instance, policy_of_one(remedy)), remedy))
        << remedy << " is not refused";
  }
}

class Case : public ::testing::TestWithParam<std::string> {};

TEST_P(Case, GetsItsAnswer) {
  const TempDir dir;
  const Expectation expected = read_expectation(cases() / GetParam() / "expected.toml");
  expand_case(cases(), GetParam(), dir.path());
  const auto bundle = engine::read_bundle(dir.path());
  ASSERT_TRUE(bundle) << bundle.error().message;
  ASSERT_EQ(bundle->targets.size(), 1U);
  const auto& instance = *bundle->targets.front().instance;
  expect_cause(instance.diagnosis, expected);
  expect_strains(instance.diagnosis, expected);
  expect_failure(instance.diagnosis, expected);
  expect_rest(*bundle, instance, expected);
  if (HasFailure()) {
    std::cout << "--- " << GetParam() << ": " << answer(instance.diagnosis) << ", expected "
              << expected.cause << "\n"
              << shown(instance);
  }
}

INSTANTIATE_TEST_SUITE_P(Bundles, Case, ::testing::ValuesIn(case_names(cases())),
                         [](const auto& one) {
                           std::string name = one.param;
                           for (char& c : name) c = c == '-' || c == '.' ? '_' : c;
                           return name;
                         });

/// The taxonomy. Strains harm although saves succeed, so that a case names them as such.
constexpr auto kCauses = std::to_array<std::string_view>({"overcommit-heuristic",
                                                          "commit-limit",
                                                          "map-count",
                                                          "memory-shortage",
                                                          "cgroup-oom",
                                                          "host-oom",
                                                          "userspace-kill",
                                                          "unit-kill",
                                                          "nproc-limit",
                                                          "pids-limit",
                                                          "system-task-limit",
                                                          "seccomp",
                                                          "child-slot-taken",
                                                          "disk-full",
                                                          "inodes-exhausted",
                                                          "quota-exceeded",
                                                          "file-size-limit",
                                                          "read-only-sandbox",
                                                          "read-only-filesystem",
                                                          "permission-denied",
                                                          "immutable-or-sticky",
                                                          "mac-denied",
                                                          "hijacked-dir",
                                                          "missing-dir",
                                                          "target-busy",
                                                          "unsuitable-filesystem",
                                                          "slow-disk",
                                                          "overlapping-saves",
                                                          "stale-temp-files",
                                                          "hung-child",
                                                          "child-crash",
                                                          "slow-fork",
                                                          "thp",
                                                          "swap-thrash",
                                                          "full-sync-loop",
                                                          "guest-limit",
                                                          "setting-reverted",
                                                          "aof-rewrite-limited",
                                                          "false-alarm",
                                                          "cgroup-memory-refusal",
                                                          "kmem-limit",
                                                          "memory-high-throttle",
                                                          "pid-namespace-dead",
                                                          "io-error",
                                                          "fragmentation",
                                                          "memory-growth"});

std::vector<Expectation> all_expectations() {
  std::vector<Expectation> all;
  for (const std::string& name : case_names(cases())) {
    all.push_back(read_expectation(cases() / name / "expected.toml"));
  }
  return all;
}

bool is_negative(const Expectation& expected) {
  return expected.strains.empty() && (expected.cause == "none" || expected.cause == "unknown" ||
                                      expected.cause == "false-alarm");
}

/// So that a case that got lost is noticed.
TEST(Cases, AreMany) {
  const auto all = all_expectations();
  EXPECT_GE(all.size(), 160U);
  EXPECT_GE(std::ranges::count_if(all, is_negative), 35);
}

TEST(Cases, CoverEveryCause) {
  const auto all = all_expectations();
  for (const std::string_view id : kCauses) {
    const bool covered = std::ranges::any_of(all, [&](const Expectation& expected) {
      return expected.cause == id ||
             std::ranges::find(expected.strains, id) != expected.strains.end();
    });
    EXPECT_TRUE(covered) << "no case has the cause " << id;
  }
}

/// Texts differ from version to version, so each has both.
TEST(Cases, HaveARefusedForkAndAFailedWriteOfEveryServer) {
  std::set<std::string> forks;
  std::set<std::string> writes;
  for (const std::string& name : case_names(cases())) {
    const auto expected = read_expectation(cases() / name / "expected.toml");
    if (expected.stage == "fork") forks.insert(case_server(cases(), name));
    if (expected.stage == "write") writes.insert(case_server(cases(), name));
  }
  for (const auto& file : fs::directory_iterator(cases() / "_servers")) {
    const std::string server = file.path().stem().string();
    if (server.starts_with("dragonfly")) continue;
    EXPECT_TRUE(forks.contains(server)) << "no refused fork of " << server;
    EXPECT_TRUE(writes.contains(server)) << "no failed write of " << server;
  }
}

TEST(Cases, NameNoCauseThatDoesNotExist) {
  for (const Expectation& expected : all_expectations()) {
    std::vector<std::string> named = expected.strains;
    named.insert(named.end(), expected.ruled_out.begin(), expected.ruled_out.end());
    if (expected.cause != "none" && expected.cause != "unknown") named.push_back(expected.cause);
    for (const std::string& id : named) {
      EXPECT_NE(std::ranges::find(kCauses, id), kCauses.end()) << id;
    }
  }
}

}  // namespace
}  // namespace forkmend::testing
