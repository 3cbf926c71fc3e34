// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Strains that come from the host: huge pages, a CPU limit, a file that says otherwise.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/lab/host_guard.hpp"
#include "support/lab/program.hpp"
#include "support/lab/redis_server.hpp"
#include "support/lab/save_dir.hpp"

namespace forkmend::testing {
namespace {

namespace fs = std::filesystem;

ServerOptions ordinary_server(std::vector<std::string> arguments) {
  ServerOptions options;
  options.run_as = ordinary_user();
  options.arguments = {"--save", ""};
  options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
  return options;
}

TEST(StrainsOfTheHost, Thp) {
  HostGuard guard;
  guard.write("/sys/kernel/mm/transparent_hugepage/enabled", "always");
  const RedisServer server(ordinary_server({"--disable-thp", "no"}));
  server.call({"DEBUG", "POPULATE", "300", "key", "1000000"});
  EXPECT_NE(strained(server).find("thp likely"), std::string::npos) << strained(server);

  const RedisServer exempt(ordinary_server({}));
  exempt.call({"DEBUG", "POPULATE", "300", "key", "1000000"});
  EXPECT_EQ(strained(exempt).find("thp"), std::string::npos) << "disable-thp yes is the default";
}

// A twentieth of a CPU: the fork of a few hundred megabytes takes as long as that of many
// gigabytes.
TEST(StrainsOfTheHost, SlowFork) {
  const bool apart = fs::exists("/sys/fs/cgroup/cpu/cgroup.procs");
  const std::string cgroup = (apart ? "/sys/fs/cgroup/cpu/" : "/sys/fs/cgroup/") +
                             std::string("forkmend-test-") + std::to_string(getpid());
  HostGuard guard;
  guard.make_cgroup(cgroup);
  const RedisServer server(ordinary_server({"--disable-thp", "yes"}));
  server.call({"DEBUG", "POPULATE", "500", "key", "1000000"});
  if (apart) {
    write_text(cgroup + "/cpu.cfs_period_us", "100000");
    write_text(cgroup + "/cpu.cfs_quota_us", "3000");
  } else {
    write_text(cgroup + "/cpu.max", "3000 100000");
  }
  write_text(cgroup + "/cgroup.procs", std::to_string(server.pid()));
  server.call({"BGSAVE"});
  server.wait_for_log("Background saving started by pid");
  EXPECT_NE(strained(server).find("slow-fork likely"), std::string::npos)
      << server.info("latest_fork_usec");
}

TEST(StrainsOfTheHost, SettingReverted) {
  HostGuard guard;
  guard.mount({"-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs"}, "/etc/sysctl.d");
  const RedisServer server(ordinary_server({}));
  const auto persist = [](const std::string& value) {
    std::ofstream("/etc/sysctl.d/zz-test.conf") << "vm.overcommit_memory = " << value << "\n";
  };
  persist("0");
  guard.write("/proc/sys/vm/overcommit_memory", "0");
  EXPECT_EQ(strained(server).find("setting-reverted"), std::string::npos);
  persist("1");
  EXPECT_NE(strained(server).find("setting-reverted likely"), std::string::npos);
}

}  // namespace
}  // namespace forkmend::testing
