// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "remediations/fails_at_each_step.hpp"
#include "remediations/planning.hpp"

namespace forkmend::remediations {
namespace {

using ::testing::HasSubstr;
using testing::Planning;
using Words = std::vector<std::string>;

Planning named() {
  Planning planning("hook", {});
  planning.set(testing::own_host());
  planning.set(testing::local_server());
  planning.parameters.set("name", std::string("balloon"));
  planning.parameters.set("do", Words{"/usr/local/sbin/balloon", "deflate it"});
  planning.parameters.set("undo", Words{"/usr/local/sbin/balloon", "inflate"});
  planning.parameters.set("check", Words{"/usr/local/sbin/balloon", "is-deflated"});
  planning.parameters.set("timeout", std::int64_t{90'000});
  return planning;
}

TEST(Hook, CarriesItsCommandsAsData) {
  const Planning planning = named();
  EXPECT_EQ(planning.probe().answer, Applicability::applicable);
  const Step step = planning.proposal().steps.front();
  EXPECT_EQ(step.target.type, StepType::hook);
  EXPECT_EQ(step.target.name, "balloon");
  EXPECT_EQ(step.target.pid, 812);
  EXPECT_EQ(step.target.commands,
            R"({"do":["/usr/local/sbin/balloon","deflate it"],)"
            R"("undo":["/usr/local/sbin/balloon","inflate"],)"
            R"("check":["/usr/local/sbin/balloon","is-deflated"],"timeout":90})");
  EXPECT_EQ(step.before, std::nullopt);
  EXPECT_EQ(step.after, "done");
  EXPECT_EQ(step.scope, Scope::host);
  EXPECT_EQ(step.risk, Risk::disruptive);
  EXPECT_EQ(step.shell,
            "FORKMEND_ACTION=do FORKMEND_ENDPOINT=redis://127.0.0.1:6379 FORKMEND_PID=812 "
            "/usr/local/sbin/balloon 'deflate it'");
}

TEST(Hook, HasTheScopeThatThePolicyGives) {
  Planning planning = named();
  planning.parameters.set("scope", std::string("instance"));
  EXPECT_EQ(planning.proposal().steps.front().scope, Scope::instance);
}

TEST(Hook, NeedsEachCommandByItsFullPath) {
  for (const char* action : {"do", "undo", "check"}) {
    Planning planning = named();
    planning.parameters.set(action, Words{"balloon"});
    EXPECT_THAT(planning.refusal(),
                HasSubstr(std::string(action) + " of the hook is not a program"));
    planning.parameters.set(action, Words{});
    EXPECT_THAT(planning.refusal(), HasSubstr("the hook has no " + std::string(action)));
  }
}

TEST(Hook, LeavesAServerThatIsNotOfThisHostAlone) {
  Planning planning = named();
  planning.set({{"instance.local", false}});
  EXPECT_THAT(planning.refusal(), HasSubstr("is not proven to be a process of this host"));
}

TEST(Hook, LeavesTheHostAsItWasWhereverItFails) {
  testing::fails_at_each_step(named());
}

}  // namespace
}  // namespace forkmend::remediations
