// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/shell.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "remediations/planning.hpp"

namespace forkmend::remediations {
namespace {

using testing::Files;
using testing::HostTree;

/// What a POSIX shell makes of a line.
void run_shell(const std::string& line) {
  EXPECT_EQ(std::system(line.c_str()), 0) << line;
}

TEST(Shell, QuotesAPathThatAShellWouldTakeApart) {
  EXPECT_EQ(echo_line("70", "/sys/fs/cgroup/a b;c/pids.max"),
            "echo 70 > '/sys/fs/cgroup/a b;c/pids.max'");
}

TEST(Shell, WritesAFileByteByByte) {
  const HostTree tree(Files{{"/etc/hostname", "a\n"}});
  const std::string content = "# it's \"quoted\" $HOME `id` %s \\n\n\n[Service]\nTasksMax=70\n";
  const std::string path = tree.path().string() + "/etc/new.d/x.conf";
  run_shell(file_line(path, content, ""));
  EXPECT_EQ(tree.read("/etc/new.d/x.conf"), content);
}

TEST(Shell, RestoresAFileWithoutALastNewline) {
  const HostTree tree(Files{{"/etc/hostname", "a\n"}});
  const std::string content = "one\ntwo";
  run_shell(file_line(tree.path().string() + "/etc/x.conf", content, ""));
  EXPECT_EQ(tree.read("/etc/x.conf"), content);
}

TEST(Shell, RemovesAFileThatWasNotThere) {
  EXPECT_EQ(file_line("/etc/sysctl.d/99-zz-forkmend.conf", std::nullopt, ""),
            "rm -f /etc/sysctl.d/99-zz-forkmend.conf");
  EXPECT_EQ(
      file_line("/etc/systemd/system/r.service.d/50-forkmend.conf", std::nullopt, "daemon-reload"),
      "rm -f /etc/systemd/system/r.service.d/50-forkmend.conf && rmdir "
      "--ignore-fail-on-non-empty /etc/systemd/system/r.service.d && systemctl "
      "daemon-reload");
}

TEST(Shell, TellsSystemdAfterTheWrite) {
  EXPECT_EQ(
      file_line("/etc/systemd/system/r.service.d/50-forkmend.conf", "[Service]\n", "daemon-reload"),
      "mkdir -p /etc/systemd/system/r.service.d && printf '%s\\n' '[Service]' > "
      "/etc/systemd/system/r.service.d/50-forkmend.conf && systemctl daemon-reload");
}

TEST(Shell, ReachesAServerOverAUnixSocket) {
  EXPECT_EQ(config_set_line("unix:///run/redis/redis.sock", "save", ""),
            "redis-cli -s /run/redis/redis.sock config set save ''");
  EXPECT_EQ(config_set_line("rediss://[::1]:6380", "save", "900 1"),
            "redis-cli -u 'rediss://[::1]:6380' config set save '900 1'");
}

}  // namespace
}  // namespace forkmend::remediations
