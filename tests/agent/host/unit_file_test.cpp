// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/unit_file.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using testing::HostTree;

const std::string kUnit = "/usr/lib/systemd/system/redis-server.service";
const std::string kEtc = "/etc/systemd/system/";

std::string shown(const Result<UnitSetting>& setting) {
  if (!setting) return setting.error().message;
  return setting->value + " by " + setting->file + ":" + std::to_string(setting->line);
}

std::string policy_of(const HostTree& tree, std::string_view unit = "redis-server.service") {
  return shown(oom_policy(tree.root(), unit));
}

TEST(UnitFile, IsStopWhereNothingSaysOtherwise) {
  const HostTree tree{{{kUnit, "[Unit]\nOOMPolicy=kill\n[Service]\nType=notify\n#OOMPolicy=kill\n"},
                       {"/etc/systemd/system.conf", "[Manager]\n#DefaultOOMPolicy=stop\n"}}};
  EXPECT_EQ(policy_of(tree), "stop by default of systemd 243 on:0");
}

TEST(UnitFile, TakesTheManagersDefault) {
  const HostTree tree{{{kUnit, "[Service]\nType=notify\n"},
                       {"/etc/systemd/system.conf", "[Manager]\nDefaultOOMPolicy=kill\n"},
                       {"/usr/lib/systemd/system.conf.d/10-oom.conf",
                        "[Manager]\n DefaultOOMPolicy = continue\n"}}};
  EXPECT_EQ(policy_of(tree), "continue by /usr/lib/systemd/system.conf.d/10-oom.conf:2");
}

TEST(UnitFile, ADropInHasTheLastWord) {
  const HostTree tree{{{kUnit, "[Service]\nOOMPolicy=stop\n"},
                       {kEtc + "redis-server.service.d/50-forkmend.conf",
                        "[Service]\nMemoryMax=2G\nOOMPolicy=continue\n"}}};
  EXPECT_EQ(policy_of(tree), "continue by " + kEtc + "redis-server.service.d/50-forkmend.conf:3");
}

TEST(UnitFile, DropInsApplyByNameWhereverTheyLie) {
  const HostTree tree{{{kUnit, "[Service]\n"},
                       {kEtc + "service.d/90-all.conf", "[Service]\nOOMPolicy=kill\n"},
                       {kEtc + "redis-.service.d/40-x.conf", "[Service]\nOOMPolicy=stop\n"},
                       {"/run/systemd/system/redis-server.service.d/60-x.conf",
                        "[Service]\nOOMPolicy=continue\n"}}};
  EXPECT_EQ(policy_of(tree), "kill by " + kEtc + "service.d/90-all.conf:2");
}

// `systemctl set-property` writes there.
TEST(UnitFile, WhatWasSetWhileItRanCounts) {
  const HostTree tree{{{kUnit, "[Service]\nOOMPolicy=stop\n"},
                       {"/etc/systemd/system.control/redis-server.service.d/50-OOMPolicy.conf",
                        "[Service]\nOOMPolicy=kill\n"}}};
  EXPECT_EQ(policy_of(tree),
            "kill by /etc/systemd/system.control/redis-server.service.d/50-OOMPolicy.conf:2");
}

TEST(UnitFile, TellsWhatIsReadAfterADropIn) {
  const HostTree tree{
      {{kEtc + "a.service.d/40-x.conf", "[Service]\nTasksMax=1\n"},
       {kEtc + "a.service.d/60-x.conf", "[Unit]\nTasksMax=2\n[Service]\nTasksMax=3\n"},
       {kEtc + "service.d/70-x.conf", "[Service]\n\nTasksMax=4\n"}}};
  const auto later = [&](std::string_view name) {
    const auto found = unit_setting_after(tree.root(), "a.service", "Service", "TasksMax", name);
    if (!found) return found.error().message;
    return *found ? (*found)->file + " " + (*found)->value : "none";
  };
  EXPECT_EQ(later("50-forkmend.conf"), kEtc + "service.d/70-x.conf 4");
  EXPECT_EQ(later("70-x.conf"), "none");
}

TEST(UnitFile, OfEqualNamesTheUnitsOwnWins) {
  const HostTree tree{{{kUnit, "[Service]\n"},
                       {kEtc + "service.d/50-x.conf", "[Service]\nOOMPolicy=kill\n"},
                       {"/usr/lib/systemd/system/redis-server.service.d/50-x.conf",
                        "[Service]\nOOMPolicy=continue\n"}}};
  EXPECT_EQ(policy_of(tree),
            "continue by /usr/lib/systemd/system/redis-server.service.d/50-x.conf:2");
}

TEST(UnitFile, AnInstanceHasItsTemplates) {
  const HostTree tree{
      {{"/lib/systemd/system/redis-server@.service", "[Service]\nOOMPolicy=stop\n"},
       {kEtc + "redis-server@.service.d/a.conf", "[Service]\nOOMPolicy=kill\n"},
       {kEtc + "redis-server@6380.service.d/b.conf", "[Service]\nOOMPolicy=continue\n"}}};
  EXPECT_EQ(policy_of(tree, "redis-server@6380.service"),
            "continue by " + kEtc + "redis-server@6380.service.d/b.conf:2");
  EXPECT_EQ(policy_of(tree, "redis-server@6379.service"),
            "kill by " + kEtc + "redis-server@.service.d/a.conf:2");
}

TEST(UnitFile, AnAdminsFileReplacesThePackages) {
  const HostTree tree{{{kUnit, "[Service]\nOOMPolicy=stop\n"},
                       {kEtc + "redis-server.service", "[Service]\nOOMPolicy=continue\n"}}};
  EXPECT_EQ(policy_of(tree), "continue by " + kEtc + "redis-server.service:2");
}

TEST(UnitFile, AnEmptyAssignmentResets) {
  const HostTree tree{{{kUnit, "[Service]\nOOMPolicy=continue\n"},
                       {kEtc + "redis-server.service.d/x.conf", "[Service]\nOOMPolicy=\n"}}};
  EXPECT_EQ(policy_of(tree), "stop by default of systemd 243 on:0");
}

TEST(UnitFile, AUnitWithoutAFileIsNotGuessedAt) {
  EXPECT_EQ(policy_of(HostTree{{{"/etc/systemd/system.conf", "[Manager]\n"}}}),
            "no unit file of redis-server.service was found");
}

TEST(UnitFile, ADropInThatCannotBeReadMayHaveTheLastWord) {
  const HostTree tree{{{kUnit, "[Service]\nOOMPolicy=continue\n"},
                       {kEtc + "redis-server.service.d/x.conf/inner", "it is a directory"}}};
  EXPECT_NE(policy_of(tree).find("x.conf"), std::string::npos) << policy_of(tree);
}

}  // namespace
}  // namespace forkmend::host
