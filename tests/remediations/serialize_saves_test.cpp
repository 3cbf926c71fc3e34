// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "redis/conf_edit.hpp"
#include "remediations/fails_at_each_step.hpp"
#include "remediations/planning.hpp"

namespace forkmend::remediations {
namespace {

using ::testing::HasSubstr;
using testing::notes_of;
using testing::Planning;

void add_server(testing::Files& files, const std::string& pid) {
  const std::string base = "/proc/" + pid;
  files[base + "/stat"] = pid +
                          " (redis-server) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 7 0 0 0 0 0 "
                          "0 0 0 0 0 0 0 0 0 0 17 0 0 0\n";
  files[base + "/status"] = "Name:\tredis-server\nPid:\t" + pid + "\nPPid:\t1\n";
  files[base + "/cmdline"] = "redis-server *:6379";
}

/// The second of three servers, while another one saves.
Planning second_of_three() {
  testing::Files files = {{"/config/save", "3600 1 300 100"}};
  for (const char* pid : {"700", "812", "900"}) add_server(files, pid);
  Planning planning("serialize-saves", files);
  planning.set(testing::own_host());
  planning.set(testing::local_server());
  planning.set({{"redis.config.save", std::string("3600 1 300 100")},
                {"instance.other_save_children", std::int64_t{1}}});
  return planning;
}

TEST(SerializeSaves, LengthensThePeriodsByTheServersPlace) {
  const Planning planning = second_of_three();
  EXPECT_EQ(planning.probe().answer, Applicability::applicable);
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  const Step& step = proposal.steps.front();
  EXPECT_EQ(step.target.type, StepType::config);
  EXPECT_EQ(step.target.name, "save");
  EXPECT_EQ(step.before, "3600 1 300 100");
  EXPECT_EQ(step.after, "4800 1 400 100");
  EXPECT_EQ(step.shell, "redis-cli -u redis://127.0.0.1:6379 config set save '4800 1 400 100'");
  EXPECT_THAT(notes_of(proposal), HasSubstr("save 4800 1"));
}

/// The same with a configuration file.
Planning with_conf_file(const std::string& text, const std::string& live) {
  Planning planning = second_of_three();
  planning.tree->write("/proc/self/ns/mnt", "-> mnt:[1]");
  planning.tree->write("/proc/812/ns/mnt", "-> mnt:[1]");
  planning.tree->write("/proc/812/root", "-> /");
  planning.tree->write("/etc/redis.conf", text);
  planning.set(
      {{"redis.config_file", std::string("/etc/redis.conf")}, {"redis.config.save", live}});
  planning.blame("overlapping-saves");
  return planning;
}

TEST(SerializeSaves, LengthensNothingTwice) {
  const auto block = redis::directive_block("save", "4800 1 400 100", "3600 1 300 100");
  const std::string own = "save 3600 1\nsave 300 100\n";
  EXPECT_EQ(with_conf_file(own + join(block, "\n") + "\n", "4800 1 400 100").refusal(),
            "its periods are staggered already");
  // Set on the running server only.
  EXPECT_EQ(with_conf_file(own, "4800 1 400 100").refusal(), "its periods are staggered already");
  EXPECT_EQ(with_conf_file(own, "3600 1 300 100").proposal().steps.front().after, "4800 1 400 100");
}

TEST(SerializeSaves, LeavesTheFirstServerItsPeriods) {
  Planning planning = second_of_three();
  planning.set({{"instance.pid", std::int64_t{700}}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
}

TEST(SerializeSaves, LeavesServersAloneWhileNoOtherSaves) {
  Planning planning = second_of_three();
  planning.set({{"instance.other_save_children", std::int64_t{0}}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
  planning.blame("overlapping-saves");
  EXPECT_EQ(planning.probe().answer, Applicability::applicable);
}

TEST(SerializeSaves, DoesNotApplyToTheOnlyServer) {
  testing::Files files;
  add_server(files, "812");
  Planning planning("serialize-saves", files);
  planning.set(testing::local_server());
  planning.set({{"redis.config.save", std::string("60 1")}});
  EXPECT_EQ(planning.refusal(), "it is the only server of this host");
}

TEST(SerializeSaves, DoesNotApplyWithoutSavePoints) {
  Planning planning = second_of_three();
  planning.set({{"redis.config.save", std::string()}});
  EXPECT_EQ(planning.probe().answer, Applicability::not_applicable);
}

TEST(SerializeSaves, LeavesAFormThatItDoesNotKnowAlone) {
  for (const char* save : {"3600", "3600 x", "0 1", "99999999999 1"}) {
    Planning planning = second_of_three();
    planning.set({{"redis.config.save", std::string(save)}});
    EXPECT_THAT(planning.refusal(), HasSubstr("not of a form that is known")) << save;
  }
}

TEST(SerializeSaves, SaysUnknownWithoutTheServersSettings) {
  Planning planning = second_of_three();
  planning.hide("redis.config.save");
  EXPECT_EQ(planning.probe().answer, Applicability::unknown);
}

TEST(SerializeSaves, LeavesTheHostAsItWasWhereverItFails) {
  testing::fails_at_each_step(second_of_three());
}

}  // namespace
}  // namespace forkmend::remediations
