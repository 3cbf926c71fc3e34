// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Every folder beside this file is a host and a server as somebody met them, with the answer that
// the program has to give.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

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

engine::Plan plan_for(const engine::Bundle& bundle, const engine::ObservedInstance& instance) {
  const auto remedies = remediations::remedy_declarations();
  const auto policy =
      policy::parse_policy(policy::default_policy_text(), "built-in default", remedies);
  return engine::make_plan({.instance = instance.endpoint,
                            .facts = instance.observation.facts,
                            .diagnosis = instance.diagnosis,
                            .forecast = instance.observation.forecast,
                            .policy = std::get<policy::Policy>(policy),
                            .root = bundle.root,
                            .allowed = Risk::disruptive});
}

void expect_cause(const Diagnosis& diagnosis, const Expectation& expected) {
  if (!expected.wrong_today.empty()) {
    EXPECT_EQ(answer(diagnosis), expected.wrong_today)
        << "another answer than before; if it is the right one, take `wrong_today` away";
    return;
  }
  if (expected.cause == "none") {
    EXPECT_FALSE(diagnosis.failing);
    return;
  }
  EXPECT_TRUE(diagnosis.failing);
  if (expected.pending) {
    // Until the cause is known, the answer may be "possible" or nothing, never another cause.
    for (const auto& cause : diagnosis.causes) {
      EXPECT_FALSE(is_sure(cause)) << "a wrong or a new answer: " << cause.id
                                   << "; if it is the right one, take `pending` away";
    }
    return;
  }
  if (expected.cause == "unknown") {
    for (const auto& cause : diagnosis.causes) EXPECT_FALSE(is_sure(cause)) << cause.id;
    return;
  }
  ASSERT_FALSE(diagnosis.causes.empty());
  EXPECT_EQ(diagnosis.causes.front().id, expected.cause);
  if (expected.confidence.empty()) return;
  EXPECT_EQ(to_string(diagnosis.causes.front().confidence), expected.confidence);
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
  const auto plan = plan_for(bundle, instance);
  for (const std::string& remedy : expected.refused) {
    EXPECT_NE(std::ranges::find(plan.refused, remedy, &engine::RefusedRemedy::remedy),
              plan.refused.end())
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

/// So that a case that got lost is noticed.
TEST(Cases, AreMany) {
  const auto names = case_names(cases());
  EXPECT_GE(names.size(), 60U);
  const auto negative = std::ranges::count_if(names, [](const std::string& name) {
    const auto expected = read_expectation(cases() / name / "expected.toml");
    return expected.cause == "none" || expected.cause == "unknown";
  });
  EXPECT_GE(negative, 15);
}

}  // namespace
}  // namespace forkmend::testing
