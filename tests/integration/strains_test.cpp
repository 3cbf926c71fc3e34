// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What strains real servers, or comes of saves that really fail.
#include <gtest/gtest.h>

#include <chrono>

#include "support/lab/program.hpp"
#include "support/lab/redis_server.hpp"
#include "support/lab/save_dir.hpp"

namespace forkmend::testing {
namespace {

using std::chrono::seconds;

ServerOptions ordinary_server(std::vector<std::string> arguments) {
  ServerOptions options;
  options.run_as = ordinary_user();
  options.arguments = std::move(arguments);
  return options;
}

TEST(Strains, AHealthyServerHasNoneOfItsOwn) {
  const RedisServer server(ordinary_server({"--save", "3600 1"}));
  for (const auto* id : {"replica-about-to-abort", "aof-incr-flood", "overlapping-saves",
                         "full-sync-loop", "slow-fork", "fragmentation", "map-count"}) {
    EXPECT_EQ(strained(server).find(id), std::string::npos) << id;
  }
}

TEST(Strains, OverlappingSaves) {
  const RedisServer one(ordinary_server({"--save", ""}));
  const RedisServer other(ordinary_server({"--save", ""}));
  static_cast<void>(one.start_slow_save());
  EXPECT_EQ(strained(one).find("overlapping-saves"), std::string::npos);
  static_cast<void>(other.start_slow_save());
  EXPECT_NE(strained(one).find("overlapping-saves proven"), std::string::npos) << strained(one);
}

/// A replica of that server whose link is up.
void wait_until_attached(const RedisServer& master) {
  master.wait_for_log("Synchronization with replica");
}

TEST(Strains, ReplicaAboutToAbort) {
  const RedisServer master(ordinary_server({"--save", "", "--repl-diskless-sync-delay", "0"}));
  const RedisServer replica(ordinary_server(
      {"--save", "3600 1", "--replicaof", "127.0.0.1 " + std::to_string(master.port())}));
  wait_until_attached(master);
  refuse_forks_by_nproc(replica.pid());
  replica.save_that_fails();
  EXPECT_EQ(diagnosed(replica), "nproc-limit likely");
  EXPECT_NE(strained(replica).find("replica-about-to-abort likely"), std::string::npos);
  replica.call({"CONFIG", "SET", "replica-ignore-disk-write-errors", "yes"});
  EXPECT_EQ(strained(replica).find("replica-about-to-abort"), std::string::npos);
}

TEST(Strains, AofIncrFlood) {
  const RedisServer server(
      ordinary_server({"--save", "", "--appendonly", "yes", "--auto-aof-rewrite-min-size", "1kb"}));
  refuse_forks_by_nproc(server.pid());
  const std::size_t before = read_file(server.log_file()).size();
  server.call({"SET", "key", std::string(4000, 'x')});
  // Three of them, one after another.
  std::size_t from = before;
  for (int refused = 0; refused < 3; ++refused) {
    server.wait_for_log("Can't rewrite append only file in background: fork", from);
    from = read_file(server.log_file()).find("Can't rewrite append only file", from) + 1;
  }
  EXPECT_EQ(diagnosed(server), "nproc-limit likely");
  EXPECT_NE(strained(server).find("aof-incr-flood likely"), std::string::npos) << strained(server);
}

// INFO never shows it: the log alone does.
TEST(Strains, ARefusedForkForADisklessSyncIsSeen) {
  const RedisServer master(ordinary_server(
      {"--save", "3600 1", "--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0"}));
  refuse_forks_by_nproc(master.pid());
  const RedisServer replica(
      ordinary_server({"--save", "", "--replicaof", "127.0.0.1 " + std::to_string(master.port())}));
  master.wait_for_log("BGSAVE for replication failed");
  EXPECT_EQ(master.info("rdb_last_bgsave_status"), "ok");
  EXPECT_EQ(diagnosed(master), "nproc-limit likely");
}

// A master that writes faster than its replica reads closes the link, and all begins anew.
TEST(Strains, FullSyncLoop) {
  const RedisServer master(ordinary_server(
      {"--save", "", "--repl-diskless-sync-delay", "0", "--repl-backlog-size", "16kb",
       "--client-output-buffer-limit", "replica 64kb 64kb 0", "--rdb-key-save-delay", "50000"}));
  master.call({"DEBUG", "POPULATE", "10", "key", "100"});
  const RedisServer replica(
      ordinary_server({"--save", "", "--replicaof", "127.0.0.1 " + std::to_string(master.port())}));
  std::size_t from = 0;
  for (int sync = 0; sync < 3; ++sync) {
    master.wait_for_log("Background RDB transfer started by pid", from);
    from = read_file(master.log_file()).size();
    master.call(
        {"EVAL",
         "for i = 1, 20 do redis.call('SET', KEYS[1], string.rep('x', 100000)) end return 1", "1",
         "big"});
    master.wait_for_log("overcoming of output buffer limits", from);
  }
  EXPECT_NE(strained(master).find("full-sync-loop likely"), std::string::npos) << strained(master);
}

}  // namespace
}  // namespace forkmend::testing
