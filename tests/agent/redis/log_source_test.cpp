// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Where a server's lines are, by what the host shows.
#include "redis/log_source.hpp"

#include <gtest/gtest.h>

#include "process_tree.hpp"

namespace forkmend::redis {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using forkmend::testing::HostTree;
using Names = std::vector<std::string>;

const std::string id(64, 'a');

/// Names of the places in their order, or why there is none.
Names places(const HostTree& tree, const LogSettings& settings) {
  const auto sources = find_log_sources(tree.root(), 812, settings);
  if (!sources) return {std::string(to_string(sources.error().code)), sources.error().message};
  Names names;
  for (const LogSource& source : *sources) names.push_back(source.name);
  return names;
}

void add_server(HostTree& tree, const std::string& stdout_link, const std::string& cgroup) {
  add_process(tree, {});
  tree.write("/proc/812/fd/1", "-> " + stdout_link);
  tree.write("/proc/812/cgroup", cgroup);
}

const std::string service = "0::/system.slice/redis-server.service\n";

TEST(LogSources, BeginWithTheNamedFile) {
  auto tree = host_with("");
  add_server(tree, "socket:[5511]", service);
  tree.write("/run/systemd/journal/socket", "");
  tree.write("/var/log/redis.log", "");
  EXPECT_EQ(places(tree, {.logfile = "/var/log/redis.log"}), (Names{"/var/log/redis.log"}));
  EXPECT_EQ(places(tree, {.logfile = "/var/log/gone.log"})[0], "not-found");
}

TEST(LogSources, AreTheUnitInJournaldForASocket) {
  auto tree = host_with("");
  add_server(tree, "socket:[5511]", service);
  EXPECT_EQ(places(tree, {})[0], "unsupported");
  tree.write("/run/systemd/journal/socket", "");
  const auto sources = find_log_sources(tree.root(), 812, {});
  ASSERT_TRUE(sources);
  EXPECT_EQ(*sources,
            (std::vector<LogSource>{
                {.keeper = LogKeeper::journal,
                 .name = "journald unit redis-server.service",
                 .matches = {"_TRANSPORT=stdout", "_SYSTEMD_UNIT=redis-server.service"}}}));
  EXPECT_EQ(places(tree, {.logfile = "/dev/stdout"}),
            (Names{"journald unit redis-server.service"}));
}

TEST(LogSources, KeepOtherUsersUnitsOut) {
  auto tree = host_with("");
  add_server(tree, "socket:[5511]",
             "0::/user.slice/user-999.slice/user@999.service/app.slice/redis-server.service\n");
  tree.write("/run/systemd/journal/socket", "");
  const auto sources = find_log_sources(tree.root(), 812, {});
  ASSERT_TRUE(sources);
  EXPECT_EQ(sources->at(0).matches,
            (Names{"_TRANSPORT=stdout", "_SYSTEMD_USER_UNIT=redis-server.service", "_UID=999"}));
}

TEST(LogSources, AreOneProcessInJournaldWithoutAUnit) {
  auto tree = host_with("");
  add_server(tree, "socket:[5511]", "0::/\n");
  tree.write("/run/systemd/journal/socket", "");
  const auto sources = find_log_sources(tree.root(), 812, {});
  ASSERT_TRUE(sources);
  EXPECT_EQ(sources->at(0).name, "journald process 812");
  EXPECT_EQ(sources->at(0).matches, (Names{"_TRANSPORT=stdout", "_PID=812"}));
}

TEST(LogSources, AreAnOpenFileByItsPresentName) {
  auto tree = host_with("");
  add_server(tree, "/var/log/out.log.1", service);
  tree.write("/var/log/out.log.1", "");
  tree.write("/var/log/out.log", "");
  EXPECT_EQ(places(tree, {}), (Names{"/var/log/out.log.1"}));
}

TEST(LogSources, SayThatALogIsThrownAway) {
  auto tree = host_with("");
  add_server(tree, "/dev/null", service);
  EXPECT_EQ(places(tree, {.daemonize = true}),
            (Names{"not-found",
                   "the server throws its log away: logfile is empty and daemonize is yes, so that "
                   "it goes to /dev/null"}));
  EXPECT_EQ(places(tree, {})[1],
            "the server throws its log away: logfile is empty and its standard output is "
            "/dev/null");
  EXPECT_EQ(places(tree, {.logfile = "/dev/null"})[1],
            "the server throws its log away: logfile is /dev/null");
}

TEST(LogSources, AreTheFileOfADockerContainer) {
  for (const std::string& cgroup :
       {"0::/system.slice/docker-" + id + ".scope\n", "4:memory:/docker/" + id + "\n0::/\n"}) {
    auto tree = host_with("");
    add_server(tree, "pipe:[5511]", cgroup);
    EXPECT_EQ(places(tree, {})[0], "unsupported");
    std::string file = "/var/lib/docker/containers/" + id;
    file.append("/").append(id).append("-json.log");
    tree.write(file, "");
    EXPECT_EQ(places(tree, {}), (Names{file}));
    const auto sources = find_log_sources(tree.root(), 812, {});
    EXPECT_EQ(sources->at(0).keeper, LogKeeper::container_file);
  }
}

TEST(LogSources, KnowWhereDockerWasMoved) {
  auto tree = host_with("");
  add_server(tree, "/dev/pts/0", "0::/system.slice/docker-" + id + ".scope\n");
  tree.write("/etc/docker/daemon.json", R"({"data-root": "/mnt/docker"})");
  const std::string file = "/mnt/docker/containers/" + id + "/" + id + "-json.log";
  tree.write(file, "");
  EXPECT_EQ(places(tree, {}), (Names{file}));
  tree.write("/etc/docker/daemon.json", "{ not json");
  EXPECT_EQ(places(tree, {})[0], "unsupported");
}

TEST(LogSources, FollowTheKubeletsLinks) {
  auto tree = host_with("");
  add_server(tree, "pipe:[5511]",
             "0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-" + id + ".scope\n");
  tree.write("/var/log/containers/db-0_prod_redis-" + id + ".log",
             "-> /var/log/pods/prod_db-0_1/redis/0.log");
  tree.write("/var/log/containers/db-0_prod_other-" + std::string(64, 'b') + ".log", "");
  tree.write("/var/log/pods/prod_db-0_1/redis/0.log", "");
  EXPECT_EQ(places(tree, {}), (Names{"/var/log/pods/prod_db-0_1/redis/0.log"}));
}

TEST(LogSources, AreJournaldForPodman) {
  auto tree = host_with("");
  add_server(tree, "pipe:[5511]", "0::/machine.slice/libpod-" + id + ".scope\n");
  tree.write("/run/systemd/journal/socket", "");
  const auto sources = find_log_sources(tree.root(), 812, {});
  ASSERT_TRUE(sources);
  EXPECT_EQ(sources->at(0).name, "journald container aaaaaaaaaaaa");
  EXPECT_EQ(sources->at(0).matches, (Names{"CONTAINER_ID_FULL=" + id}));
}

TEST(LogSources, FallBackToSyslog) {
  auto tree = host_with("");
  add_server(tree, "/dev/null", service);
  const LogSettings settings{.daemonize = true, .syslog = true, .syslog_ident = "redis-6379"};
  EXPECT_EQ(places(tree, settings)[0], "not-found");
  tree.write("/var/log/messages", "");
  EXPECT_EQ(places(tree, settings), (Names{"/var/log/messages"}));
  tree.write("/run/systemd/journal/socket", "");
  EXPECT_EQ(places(tree, settings), (Names{"journald identifier redis-6379", "/var/log/messages"}));
  const auto sources = find_log_sources(tree.root(), 812, settings);
  EXPECT_EQ(sources->at(0).matches, (Names{"_TRANSPORT=syslog", "SYSLOG_IDENTIFIER=redis-6379"}));
  EXPECT_EQ(sources->at(1).ident, "redis-6379");
}

TEST(LogSources, AreUnknownForAPipeOfNoContainer) {
  auto tree = host_with("");
  add_server(tree, "pipe:[5511]", service);
  EXPECT_EQ(places(tree, {}),
            (Names{"unsupported",
                   "the server logs to pipe:[5511], and nothing tells who keeps what it writes "
                   "there"}));
}

TEST(ContainerId, IsTheInnermost) {
  const std::string inner(64, 'b');
  EXPECT_EQ(container_id("/docker/" + id + "/docker/" + inner), inner);
  EXPECT_EQ(container_id("/system.slice/docker-" + id + ".scope"), id);
  EXPECT_EQ(container_id("/docker/" + id + "a"), std::nullopt);
  EXPECT_EQ(container_id("/docker/" + id.substr(1)), std::nullopt);
  EXPECT_EQ(container_id("/system.slice/redis.service"), std::nullopt);
}

}  // namespace
}  // namespace forkmend::redis
