// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/service_manager.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "support/datagram_socket.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::daemon {
namespace {

using testing::DatagramSocket;

TEST(ServiceManager, IsToldByDatagrams) {
  const testing::TempDir dir;
  const std::string path = (dir.path() / "notify").string();
  const DatagramSocket systemd(path);
  const ServiceManager manager(path);
  manager.ready("watching 2 servers");
  EXPECT_EQ(systemd.next(), "READY=1\nSTATUS=watching 2 servers");
  manager.status("1 failing");
  EXPECT_EQ(systemd.next(), "STATUS=1 failing");
  manager.watchdog();
  EXPECT_EQ(systemd.next(), "WATCHDOG=1");
  manager.stopping();
  EXPECT_EQ(systemd.next(), "STOPPING=1\nSTATUS=stopping");
  EXPECT_EQ(systemd.next(), "");
}

TEST(ServiceManager, IsToldOfAReloadWithTheMonotonicTime) {
  const testing::TempDir dir;
  const std::string path = (dir.path() / "notify").string();
  const DatagramSocket systemd(path);
  const auto before = monotonic_since_boot();
  ServiceManager(path).reloading();
  const std::string said = systemd.next();
  const std::string head = "RELOADING=1\nMONOTONIC_USEC=";
  ASSERT_TRUE(said.starts_with(head)) << said;
  const auto usec = parse_integer(std::string_view(said).substr(head.size()));
  ASSERT_TRUE(usec) << said;
  EXPECT_GE(std::chrono::microseconds(*usec) + std::chrono::microseconds(1), before);
  EXPECT_LE(std::chrono::microseconds(*usec), monotonic_since_boot());
}

TEST(ServiceManager, MayListenOnAnAbstractName) {
  const std::string name = "@forkmend-test-" + std::to_string(getpid());
  const DatagramSocket systemd(name);
  ServiceManager(name).watchdog();
  EXPECT_EQ(systemd.next(), "WATCHDOG=1");
}

TEST(ServiceManager, GetsNoSecondAssignmentOutOfAStatus) {
  const testing::TempDir dir;
  const std::string path = (dir.path() / "notify").string();
  const DatagramSocket systemd(path);
  ServiceManager(path).status("fine\nMAINPID=1");
  EXPECT_EQ(systemd.next(), "STATUS=fine\\nMAINPID=1");
}

TEST(ServiceManager, ThatIsNotThereIsNoTrouble) {
  ServiceManager("").ready("x");
  ServiceManager("/nonexistent/notify").ready("x");
  EXPECT_EQ(send_datagram("/nonexistent/notify", "x").error().code, Errc::not_found);
  for (const std::string& name : {std::string("@"), std::string("vsock:2:9"), std::string("x"),
                                  std::string("/") + std::string(200, 'x')}) {
    EXPECT_EQ(send_datagram(name, "x").error().code, Errc::invalid) << name;
  }
}

TEST(Watchdog, IsFedAtHalfOfItsTime) {
  const auto interval = [](const char* usec, const char* pid) {
    return watchdog_interval({.notify_socket = "/n", .watchdog_usec = usec, .watchdog_pid = pid},
                             812);
  };
  EXPECT_EQ(interval("30000000", ""), std::chrono::seconds(15));
  EXPECT_EQ(interval("30000000", "812"), std::chrono::seconds(15));
  EXPECT_EQ(interval("30000000", "813"), std::nullopt);
  EXPECT_EQ(interval("30000000", "x"), std::nullopt);
  EXPECT_EQ(interval("", ""), std::nullopt);
  EXPECT_EQ(interval("0", ""), std::nullopt);
  EXPECT_EQ(interval("-5", ""), std::nullopt);
  EXPECT_EQ(watchdog_interval({.notify_socket = "", .watchdog_usec = "10", .watchdog_pid = ""}, 1),
            std::nullopt);
}

}  // namespace
}  // namespace forkmend::daemon
