// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/unit_dropin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "remediations/planning.hpp"

namespace forkmend::remediations {
namespace {

using ::testing::EndsWith;
using testing::Files;
using ::testing::HasSubstr;
using testing::HostTree;
using testing::notes_of;

Persistence keep_tasks(const HostTree& tree, const std::string& unit,
                       const std::string& cgroup = "/system.slice/x.service") {
  FactSet facts;
  facts.set("host.systemd", true, "", "test");
  const policy::Parameters parameters;
  const forecast::Forecast forecast;
  const host::Root root = tree.root();
  return persist_unit_setting(
      {.facts = facts, .forecast = forecast, .parameters = parameters, .root = root},
      {.remedy = "tasks-limit", .unit = unit, .cgroup = cgroup, .key = "TasksMax", .value = "70"});
}

const HostTree& plain_host() {
  static const HostTree tree(Files{{"/etc/hostname", "a\n"}});
  return tree;
}

TEST(UnitDropIn, FindsTheUnitOfACgroup) {
  EXPECT_EQ(unit_of_cgroup("/sys/fs/cgroup/system.slice/redis.service"), "redis.service");
  EXPECT_EQ(unit_of_cgroup("/sys/fs/cgroup/pids/system.slice"), "system.slice");
  EXPECT_EQ(unit_of_cgroup("/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/"
                           "redis.service"),
            "");
  EXPECT_EQ(unit_of_cgroup("/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service"),
            "user@1000.service");
  EXPECT_EQ(unit_of_cgroup("/sys/fs/cgroup/docker/0a1b2c"), "");
}

TEST(UnitDropIn, MergesWithOtherSettingsOfOurs) {
  const std::string old_text =
      own_file_text("run: systemctl daemon-reload", {"[Service]", "LimitNPROC=128:4096"});
  const HostTree tree(Files{{"/etc/systemd/system/redis.service.d/50-forkmend.conf", old_text}});
  const auto persistence = keep_tasks(tree, "redis.service");
  ASSERT_EQ(persistence.steps.size(), 1U);
  EXPECT_EQ(persistence.steps.front().before, old_text);
  EXPECT_THAT(*persistence.steps.front().after,
              EndsWith("\n[Service]\nLimitNPROC=128:4096\nTasksMax=70\n"));
}

TEST(UnitDropIn, RefusesWhereALaterDropInWins) {
  const HostTree tree(
      Files{{"/run/systemd/system/redis.service.d/90-site.conf", "[Service]\nTasksMax = 6\n"}});
  const auto persistence = keep_tasks(tree, "redis.service");
  EXPECT_TRUE(persistence.steps.empty());
  EXPECT_EQ(notes_of(persistence),
            "not kept over a reboot: it would be overruled by "
            "/run/systemd/system/redis.service.d/90-site.conf:2: TasksMax=6");
}

TEST(UnitDropIn, SeesADropInOfTheTemplate) {
  const HostTree tree(Files{
      {"/etc/systemd/system/redis-server@.service.d/90-site.conf", "[Service]\nTasksMax=6\n"}});
  EXPECT_THAT(notes_of(keep_tasks(tree, "redis-server@6379.service")),
              HasSubstr("redis-server@.service.d/90-site.conf:2: TasksMax=6"));
}

TEST(UnitDropIn, WinsOverAnEarlierDropIn) {
  const HostTree tree(Files{
      {"/etc/systemd/system.control/redis.service.d/50-TasksMax.conf", "[Service]\nTasksMax=6\n"}});
  EXPECT_EQ(keep_tasks(tree, "redis.service").steps.size(), 1U);
}

TEST(UnitDropIn, RefusesWhatIsNoLastingUnit) {
  EXPECT_THAT(notes_of(keep_tasks(plain_host(), "session-3.scope")), HasSubstr("transient scope"));
  EXPECT_THAT(notes_of(keep_tasks(plain_host(), "")), HasSubstr("no systemd unit is known"));
  EXPECT_THAT(notes_of(keep_tasks(plain_host(), "../../x.service")),
              HasSubstr("is not a unit that takes TasksMax"));
}

TEST(UnitDropIn, RefusesAUnitOfAUsersOwnSystemd) {
  const auto persistence =
      keep_tasks(plain_host(), "redis.service",
                 "/user.slice/user-1000.slice/user@1000.service/app.slice/redis.service");
  EXPECT_TRUE(persistence.steps.empty());
  EXPECT_THAT(notes_of(persistence), HasSubstr("redis.service belongs to a user's own systemd"));
}

}  // namespace
}  // namespace forkmend::remediations
