// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/scrub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace forkmend::engine {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Scrubber, GivesOneHostOneNameEverywhere) {
  Scrubber scrubber;
  const std::string info = scrubber.info(
      "role:slave\r\nmaster_host:db1.example.net\r\nmaster_port:6379\r\n"
      "slave0:ip=10.1.2.3,port=6380,state=online\r\n");
  EXPECT_THAT(info, HasSubstr("master_host:host-1\r\n"));
  EXPECT_THAT(info, HasSubstr("slave0:ip=host-2,port=6380"));
  EXPECT_EQ(scrubber.log("812:S 25 Nov 2026 03:09:58.120 * Connecting to MASTER "
                         "db1.example.net:6379\n"),
            "812:S 25 Nov 2026 03:09:58.120 * Connecting to MASTER host-1:6379\n");
  EXPECT_EQ(scrubber.log("812:M 25 Nov 2026 03:09:58.120 * Replica 10.1.2.3:6380 asks for "
                         "synchronization\n"),
            "812:M 25 Nov 2026 03:09:58.120 * Replica host-2:6380 asks for synchronization\n");
}

TEST(Scrubber, KnowsAddressesOfBothKinds) {
  Scrubber scrubber;
  EXPECT_EQ(scrubber.sentence("from 192.168.7.9:51234 and [2001:db8::17]:6379."),
            "from host-1:51234 and [host-2]:6379.");
}

TEST(Scrubber, LeavesLoopbackTimesAndVersionsAlone) {
  Scrubber scrubber;
  const std::string text =
      "812:M 25 Nov 2026 03:09:58.120 * Redis version=7.0.15 on 127.0.0.1:6379, 0.0.0.0, ::1";
  EXPECT_EQ(scrubber.sentence(text), text);
}

TEST(Scrubber, TakesSecretsOutOfEverything) {
  Scrubber scrubber;
  scrubber.hide_secret("hunter-two");
  EXPECT_EQ(scrubber.log("x AUTH hunter-two failed\n"), "x AUTH (removed) failed\n");
  EXPECT_EQ(scrubber.kernel_line("env hunter-two"), "env (removed)");
  EXPECT_EQ(scrubber.host_file("/etc/sysctl.conf", "# hunter-two\n"), "# (removed)\n");
}

TEST(Scrubber, LeavesSecretParametersOutOfTheConfig) {
  Scrubber scrubber;
  const std::string config = scrubber.config({{"dir", "/var/lib/redis"},
                                              {"requirepass", "s3cret"},
                                              {"masterauth", "s3cret"},
                                              {"masteruser", "replicator"},
                                              {"tls-key-file-pass", "s3cret"},
                                              {"user", "alice on >s3cret"},
                                              {"replicaof", "db1.example.net 6379"},
                                              {"save", "3600 1"}});
  EXPECT_EQ(config, "dir /var/lib/redis\nreplicaof host-1 6379\nsave 3600 1\n");
}

TEST(Scrubber, LeavesTheDataOutOfACrashReport) {
  Scrubber scrubber;
  const std::string log = scrubber.log(
      "812:M 25 Nov 2026 03:09:58.120 # === REDIS BUG REPORT START: Cut & paste ===\n"
      "812:M 25 Nov 2026 03:09:58.121 # Redis 7.0.15 crashed by signal: 11\n"
      "------ CURRENT CLIENT INFO ------\n"
      "id=7 addr=127.0.0.1:50312 laddr=127.0.0.1:6379 name=payroll cmd=get user=alice\n"
      "argv[0]: '\"GET\"'\n"
      "argv[1]: '\"salary:alice\"'\n"
      "812:M 25 Nov 2026 03:09:58.122 # key 'salary:alice' found in DB containing the following "
      "object:\n"
      "812:M 25 Nov 2026 03:09:58.130 # === REDIS BUG REPORT END. ===\n"
      "812:M 25 Nov 2026 03:09:59.000 # Background saving terminated by signal 11\n");
  EXPECT_THAT(log, Not(HasSubstr("alice")));
  EXPECT_THAT(log, Not(HasSubstr("payroll")));
  EXPECT_THAT(log, HasSubstr("crashed by signal: 11"));
  EXPECT_THAT(log, HasSubstr("Background saving terminated by signal 11\n"));
}

TEST(Scrubber, DescribesNoClient) {
  Scrubber scrubber;
  EXPECT_EQ(scrubber.log("812:M 25 Nov 2026 03:09:58.120 # Client id=5 addr=10.0.0.8:40000 "
                         "name=payroll user=alice omem=268435456 scheduled to be closed ASAP for "
                         "overcoming of output buffer limits.\n"),
            "812:M 25 Nov 2026 03:09:58.120 # Client scheduled to be closed ASAP for overcoming "
            "of output buffer limits.\n");
}

TEST(Scrubber, KeepsALastLineWithoutEndAsItIs) {
  Scrubber scrubber;
  EXPECT_EQ(scrubber.log("one\ntwo"), "one\ntwo");
}

TEST(Scrubber, LeavesCommandLinesAndSocketsOut) {
  Scrubber scrubber;
  EXPECT_FALSE(scrubber.host_file("/proc/4711/cmdline", "mysqld --password=x"));
  EXPECT_FALSE(scrubber.host_file("/proc/self/cmdline", "forkmend"));
  EXPECT_FALSE(scrubber.host_file("/proc/net/tcp", "sl local_address"));
  EXPECT_FALSE(scrubber.host_file("/proc/812/net/tcp6", "sl local_address"));
  EXPECT_EQ(scrubber.host_file("/proc/cmdline", "root=/dev/vda"), "root=/dev/vda");
}

TEST(Scrubber, KeepsOfAnEnvironmentOnlyTheContainersMark) {
  Scrubber scrubber;
  const std::string environment("PATH=/bin\0container=lxc\0DB_PASSWORD=s3cret\0", 42);
  EXPECT_EQ(scrubber.host_file("/proc/1/environ", environment), std::string("container=lxc\0", 14));
}

TEST(Scrubber, TakesTheServerOutOfANetworkMount) {
  Scrubber scrubber;
  EXPECT_EQ(
      scrubber.host_file("/proc/self/mountinfo", "36 27 0:30 / /data - nfs4 10.0.0.9:/x rw\n"),
      "36 27 0:30 / /data - nfs4 host-1:/x rw\n");
}

}  // namespace
}  // namespace forkmend::engine
