// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/step_json.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <limits>

namespace forkmend::engine {
namespace {

namespace json = boost::json;
using remediations::Step;
using remediations::StepType;

Step full_step() {
  Step step;
  step.remedy = "nproc-limit";
  step.target = {.type = StepType::rlimit,
                 .name = "nproc",
                 .pid = 812,
                 .process_start = std::numeric_limits<std::uint64_t>::max(),
                 .endpoint = "unix:///run/redis.sock",
                 .run_id = "4f0e",
                 .afterwards = "daemon-reload",
                 .owner = 999,
                 .may_evict = true,
                 .holder = 4294967297};
  step.before = "64:unlimited";
  step.after = "";
  step.scope = Scope::process;
  step.risk = Risk::disruptive;
  step.needs_root = true;
  step.shell = "prlimit --pid 812 --nproc='1:2'";
  step.undo_shell = "prlimit \"quoted\"\n";
  step.why = "because – \u00fc";
  step.effects = {{"a.integer", std::int64_t{-5}},
                  {"b.number", 1.0},
                  {"c.flag", true},
                  {"d.text", std::string("x")},
                  {"e.endless", std::numeric_limits<double>::infinity()}};
  return step;
}

void expect_same(const Step& a, const Step& b) {
  EXPECT_EQ(a.remedy, b.remedy);
  EXPECT_EQ(a.target, b.target);
  EXPECT_EQ(a.before, b.before);
  EXPECT_EQ(a.after, b.after);
  EXPECT_EQ(a.scope, b.scope);
  EXPECT_EQ(a.risk, b.risk);
  EXPECT_EQ(a.needs_root, b.needs_root);
  EXPECT_EQ(a.shell, b.shell);
  EXPECT_EQ(a.undo_shell, b.undo_shell);
  EXPECT_EQ(a.why, b.why);
  EXPECT_EQ(a.effects, b.effects);
}

Result<Step> there_and_back(const Step& step) {
  return step_from_json(json::parse(json::serialize(step_to_json(step))));
}

Plan full_plan() {
  Plan plan;
  plan.id = "p-0123456789ab";
  plan.instance = "redis://127.0.0.1:6379";
  plan.pid = 812;
  plan.cause = "nproc-limit";
  plan.rule = "raise it";
  plan.first_aid = {full_step()};
  Attempt attempt;
  attempt.remedy = "nproc-limit";
  attempt.steps = {full_step(), full_step()};
  attempt.persist = {full_step()};
  attempt.predicted = "fork admitted";
  attempt.forecast_after = "admitted";
  attempt.notes = {"one", "two"};
  plan.attempts = {attempt, Attempt{}};
  plan.refused = {{.remedy = "thp", .because = "not the cause"}};
  plan.advice = {"look at it"};
  plan.proof = {"a save, expected: a fork() of 3 ms"};
  return plan;
}

TEST(StepJson, ComesBackWhole) {
  const auto back = there_and_back(full_step());
  ASSERT_TRUE(back) << back.error().message;
  expect_same(*back, full_step());
}

TEST(StepJson, KeepsAbsentAndEmptyApart) {
  Step step = full_step();
  step.before = std::nullopt;
  step.after = "";
  const auto back = there_and_back(step).value();
  EXPECT_EQ(back.before, std::nullopt);
  EXPECT_EQ(back.after, "");
}

TEST(StepJson, KeepsEveryByteOfAValue) {
  Step step = full_step();
  step.before = std::string("\xFF\xC0\x80 latin1 \xE4 \0 end", 18);
  step.after = std::string("nul \0 inside", 12);
  const auto text = json::serialize(step_to_json(step));
  json::error_code failure;
  const auto parsed = json::parse(text, failure);
  ASSERT_FALSE(failure) << "must stay valid JSON: " << text;
  const auto back = step_from_json(parsed).value();
  EXPECT_EQ(back.before, step.before);
  EXPECT_EQ(back.after, step.after);
}

TEST(StepJson, HasTheKeysOfTheDocuments) {
  const auto object = step_to_json(full_step());
  for (const auto* key :
       {"remedy", "type", "target", "before", "after", "scope", "risk", "shell", "undo"}) {
    EXPECT_TRUE(object.contains(key)) << key;
  }
  EXPECT_EQ(object.at("target").as_string(), "pid 812 nproc");
}

TEST(StepJson, NamesTheKeyThatIsWrong) {
  json::object broken = step_to_json(full_step());
  broken["risk"] = "harmless";
  const auto step = step_from_json(broken);
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error().code, Errc::parse);
  EXPECT_EQ(step.error().message, "key \"risk\": expected a risk (while reading a step)");
  EXPECT_FALSE(step_from_json(json::value("text")));
  json::object missing = step_to_json(full_step());
  missing.erase("name");
  EXPECT_FALSE(step_from_json(missing));
}

TEST(PlanJson, ComesBackWhole) {
  const Plan plan = full_plan();
  const std::string text = json::serialize(plan_to_json(plan));
  const auto back = plan_from_json(text);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(json::serialize(plan_to_json(*back)), text);
  EXPECT_EQ(back->id, plan.id);
  EXPECT_EQ(back->pid, plan.pid);
  ASSERT_EQ(back->attempts.size(), 2U);
  ASSERT_EQ(back->attempts[0].steps.size(), 2U);
  expect_same(back->attempts[0].steps[1], full_step());
  expect_same(back->attempts[0].persist.at(0), full_step());
  EXPECT_EQ(back->attempts[0].notes, plan.attempts[0].notes);
  EXPECT_EQ(back->refused.at(0).because, "not the cause");
  EXPECT_EQ(back->advice, plan.advice);
  EXPECT_EQ(back->proof, plan.proof);
}

TEST(PlanJson, RefusesBrokenText) {
  EXPECT_EQ(plan_from_json("{\"id\":").error().code, Errc::parse);
  EXPECT_EQ(plan_from_json("[]").error().code, Errc::parse);
  EXPECT_EQ(plan_from_json(R"({"id":"p","instance":"i","cause":"c","attempts":[{}]})").error().code,
            Errc::parse);
}

TEST(PlanId, HasItsForm) {
  const std::string id = plan_id(full_plan(), "inputs");
  ASSERT_EQ(id.size(), 14U);
  EXPECT_TRUE(id.starts_with("p-"));
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef", 2), std::string::npos);
}

TEST(PlanId, FollowsInputsAndSteps) {
  const std::string id = plan_id(full_plan(), "inputs");
  EXPECT_EQ(plan_id(full_plan(), "inputs"), id);
  EXPECT_NE(plan_id(full_plan(), "other inputs"), id);
  Plan other = full_plan();
  other.attempts[0].steps[0].before = "65:unlimited";
  EXPECT_NE(plan_id(other, "inputs"), id);
  other = full_plan();
  other.pid = 813;
  EXPECT_NE(plan_id(other, "inputs"), id);
}

TEST(PlanId, DoesNotFollowSentences) {
  Plan reworded = full_plan();
  reworded.id = "p-ffffffffffff";
  reworded.attempts[0].predicted = "1.2 MiB to spare";
  reworded.attempts[0].steps[0].why = "else";
  reworded.attempts[0].steps[0].effects["b.number"] = 2.0;
  reworded.advice.clear();
  EXPECT_EQ(plan_id(reworded, "inputs"), plan_id(full_plan(), "inputs"));
}

}  // namespace
}  // namespace forkmend::engine
