// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/remedy_scene.hpp"

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "base/text.hpp"
#include "support/lab/program.hpp"

namespace forkmend::testing {

namespace {

namespace fs = std::filesystem;

constexpr long long kMiBOfScene = 1 << 20;
constexpr const char* kOvercommitKbytes = "/proc/sys/vm/overcommit_kbytes";

std::string content_or_absence(const std::string& path) {
  if (!fs::exists(path)) return "(not there)";
  return fs::is_directory(path) ? "(directory)" : read_file(path);
}

/// The hierarchy that has that controller: version 1 apart, or version 2.
std::string cgroup_for(const std::string& controller) {
  const std::string apart = "/sys/fs/cgroup/" + controller;
  const std::string root = fs::exists(apart + "/cgroup.procs") ? apart : "/sys/fs/cgroup";
  return root + "/forkmend-table-" + controller + "-" + std::to_string(getpid());
}

/// A server that was started in mode 2 and holds more than the rest of the machine may still
/// commit.
void start_under_strict_limit(RemedyScene& scene, const std::string& keys, long long margin) {
  HostGuard& guard = scene.guard();
  guard.write(kOvercommitKbytes,
              std::to_string(meminfo_bytes("Committed_AS") / 1024 + 12LL * 1024 * 1024));
  guard.write("/proc/sys/vm/overcommit_memory", "2");
  scene.start();
  scene.server().server().call({"DEBUG", "POPULATE", keys, "key", "1000000"});
  guard.write(kOvercommitKbytes, std::to_string((meminfo_bytes("Committed_AS") + margin) / 1024));
  scene.server().server().save_that_fails();
}

void fill_keys(const RedisServer& server, int count, const std::string& more = "") {
  server.call({"EVAL",
               "for i = 1, " + std::to_string(count) +
                   " do redis.call('SET', 'k:' .. i, string.rep('x', 10000)" + more + ") end",
               "0"});
}

/// 30 MiB, each byte of them written.
void fill_megabytes(const RedisServer& server, const std::string& letter) {
  server.call({"EVAL",
               "for i = 1, 30 do redis.call('SET', 'big:' .. i, string.rep(ARGV[1], 1048576)) end "
               "return 'OK'",
               "0", letter});
}

std::vector<std::string> replica_of(const RedisServer& primary) {
  return {"--replicaof", "127.0.0.1 " + std::to_string(primary.port())};
}

}  // namespace

void RemedyScene::start(const std::vector<std::string>& arguments, const std::string& conf) {
  server_ = std::make_unique<ServerRemedy>(conf, arguments);
}

const RedisServer& RemedyScene::start_other(const std::vector<std::string>& arguments) {
  ServerOptions options;
  options.run_as = ordinary_user();
  options.arguments = arguments;
  others_.push_back(std::make_unique<RedisServer>(options));
  return *others_.back();
}

std::map<std::string, std::string> RemedyScene::snapshot() const {
  auto all = host_snapshot();
  // CONFIG GET does not keep an order.
  const std::string shown = server_->settings();
  const auto lines = lines_of(shown);
  for (std::size_t i = 0; i < lines.size(); i += 2) {
    // The last line is cut off where it is empty.
    all["setting " + std::string(lines[i])] = i + 1 < lines.size() ? lines[i + 1] : "";
  }
  all["server limits"] = nproc_limits(server_->server().pid());
  all["redis.conf"] = server_->conf();
  for (const std::string& path : watched_) all[path] = content_or_absence(path);
  return all;
}

void all_is_well(RemedyScene& scene) {
  scene.start();
}

void strict_limit_refuses(RemedyScene& scene) {
  start_under_strict_limit(scene, "1900", 1024 * kMiBOfScene);
}

void huge_pages_always(RemedyScene& scene) {
  scene.guard().write("/sys/kernel/mm/transparent_hugepage/enabled", "always");
  scene.start({"--disable-thp", "no"});
}

void filled_with_ttl(RemedyScene& scene) {
  scene.start();
  fill_keys(scene.server().server(), 2000, ", 'EX', 1000000");
  scene.settings = {{"to", 16 * kMiBOfScene}};
}

void memory_freed(RemedyScene& scene) {
  scene.start({}, std::string(RemedyScene::kConf) + "jemalloc-bg-thread no\n");
  fill_keys(scene.server().server(), 2000);
  scene.server().server().call({"FLUSHALL"});
  scene.settings = {{"at_least", std::int64_t{1}}};
}

void replica_is_there(RemedyScene& scene) {
  scene.start({"--repl-diskless-sync", "no", "--repl-diskless-sync-delay", "0"});
  scene.start_other(replica_of(scene.server().server()))
      .wait_for_log("MASTER <-> REPLICA sync: Finished with success");
}

void replica_persists(RemedyScene& scene) {
  scene.start();
  const RedisServer& replica = scene.start_other(replica_of(scene.server().server()));
  replica.wait_for_log("MASTER <-> REPLICA sync: Finished with success");
  scene.server().server().call({"WAIT", "1", "10000"});
  scene.settings = {{"proof", "127.0.0.1:" + std::to_string(replica.port())}};
}

void fewer_saves(RemedyScene& scene) {
  scene.start();
  scene.settings = {{"to", std::string("7200 1")}};
}

void nproc_refuses(RemedyScene& scene) {
  scene.start();
  scene.server().server().call({"SET", "a", "1"});
  refuse_forks_by_nproc(scene.server().server().pid());
  scene.server().server().save_that_fails();
}

void pids_cgroup_refuses(RemedyScene& scene) {
  const std::string cgroup = cgroup_for("pids");
  scene.guard().make_cgroup(cgroup);
  scene.start();
  const RedisServer& server = scene.server().server();
  server.call({"SET", "a", "1"});
  write_text(cgroup + "/cgroup.procs", std::to_string(server.pid()));
  write_text(cgroup + "/pids.max", std::string(trim(read_file(cgroup + "/pids.current"))));
  scene.watch(cgroup + "/pids.max");
  server.save_that_fails();
}

void memory_cgroup_killed(RemedyScene& scene) {
  const std::string cgroup = cgroup_for("memory");
  scene.guard().make_cgroup(cgroup);
  const bool version_1 = fs::exists("/sys/fs/cgroup/memory/cgroup.procs");
  const std::string limit = cgroup + (version_1 ? "/memory.limit_in_bytes" : "/memory.max");
  scene.start({"--oom-score-adj", "yes"});
  const RedisServer& server = scene.server().server();
  write_text(cgroup + "/cgroup.procs", std::to_string(server.pid()));
  fill_megabytes(server, "x");
  write_text(limit, std::to_string(48 * kMiBOfScene));
  scene.watch(limit);
  (void)server.start_slow_save();
  // What the child still needs cannot be freed: the new values come on top of the old ones.
  fill_megabytes(server, "y");
  server.wait_for_log("terminated by signal 9");
  server.call({"CONFIG", "SET", "rdb-key-save-delay", "0"});
}

/// To reach the limit for real would stop the whole machine.
void tasks_nearly_used_up(RemedyScene& scene) {
  scene.guard().write("/proc/sys/kernel/threads-max", "20000");
  scene.start();
  scene.server().pretend("host.threads", std::int64_t{19999});
  scene.server().pretend("host.threads_max", std::int64_t{20000});
}

void stale_file_left(RemedyScene& scene) {
  scene.start();
  // Above every pid_max.
  const std::string path = scene.server().server().directory() + "/temp-4194305.rdb";
  std::ofstream(path) << "REDIS0010";
  scene.watch(path);
}

void two_servers(RemedyScene& scene) {
  scene.start_other({"--save", "3600 1"});
  scene.start();
}

void child_hangs(RemedyScene& scene) {
  scene.start();
  const RedisServer& server = scene.server().server();
  kill(server.start_slow_save(), SIGSTOP);
  server.call({"CONFIG", "SET", "rdb-key-save-delay", "0"});
}

void aof_is_on(RemedyScene& scene) {
  scene.start({"--appendonly", "yes"});
}

void is_replica(RemedyScene& scene) {
  const RedisServer& primary = scene.start_other({});
  auto arguments = replica_of(primary);
  arguments.insert(arguments.end(), {"--replica-ignore-disk-write-errors", "no"});
  scene.start(arguments);
  scene.server().server().wait_for_log("MASTER <-> REPLICA sync: Finished with success");
}

void hook_of_the_user(RemedyScene& scene) {
  scene.start();
  const std::string path = scene.server().server().directory() + "/made-by-hook";
  scene.watch(path);
  using Words = std::vector<std::string>;
  scene.settings = {{"name", std::string("make a file")},
                    {"do", Words{"/usr/bin/touch", path}},
                    {"undo", Words{"/bin/rm", path}},
                    {"check", Words{"/usr/bin/test", "-e", path}}};
}

}  // namespace forkmend::testing
