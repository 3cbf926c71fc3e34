// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// forkmend itself on a host that is broken: a journal whose disk has no block and no inode left, a
// cgroup in which it can start no program, 32 MiB of memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "support/lab/forkmend_program.hpp"
#include "support/lab/host_guard.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

ServerOptions ordinary_server() {
  ServerOptions options;
  options.run_as = ordinary_user();
  options.arguments = {"--save", "3600 1"};
  return options;
}

/// A server whose forks are refused, and a forkmend whose record is where the test wants it.
class BrokenHost : public ::testing::Test {
 protected:
  BrokenHost() {
    server_.call({"SET", "order:1", "paid"});
    break_saves();
    broken_ = nproc_limits(server_.pid());
    fs::create_directory(state_);
    for (const std::string& path : {dir_.path().string(), state_}) {
      if (chown(path.c_str(), *ordinary_user(), *ordinary_user()) != 0) {
        throw std::runtime_error("chown " + path);
      }
    }
    fs::permissions(state_, fs::perms::owner_all);
  }

  void break_saves() const {
    refuse_forks_by_nproc(server_.pid());
    server_.save_that_fails();
  }

  [[nodiscard]] std::string program() const {
    return (fs::path(forkmend_.state_dir()).parent_path() / "forkmend").string();
  }

  /// As the servers' user, with its record in the file system that the test has filled.
  [[nodiscard]] ProgramResult forkmend(std::vector<std::string> words) const {
    words.insert(words.begin(), {program(), "--state", state_});
    ProgramOptions options;
    options.run_as = ordinary_user();
    return run_program(words, options);
  }

  [[nodiscard]] ProgramResult fix() const {
    return forkmend({"fix", "--yes", "--override", "cooldown,breaker", "-i", server_.url()});
  }

  void mount_state(const std::string& options) {
    const std::string user = std::to_string(*ordinary_user());
    guard_.mount({"-t", "tmpfs", "-o", options + ",mode=700,uid=" + user + ",gid=" + user, "tmpfs"},
                 state_);
  }

  /// Every block, and every inode, by files of somebody else.
  void fill_state() const {
    std::ofstream blocks(state_ + "/blocks", std::ios::binary);
    const std::string block(4096, 'x');
    while (blocks.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
    for (int i = 0; std::ofstream(state_ + "/inode" + std::to_string(i)); ++i) {
    }
    ASSERT_EQ(fs::space(state_).free, 0U);
  }

  // The guard unmounts before the directory is removed.
  TempDir dir_;
  std::string state_ = (dir_.path() / "state").string();
  HostGuard guard_;
  RedisServer server_ = RedisServer(ordinary_server());
  Forkmend forkmend_ = Forkmend(ordinary_user());
  std::string broken_;
};

TEST_F(BrokenHost, AJournalThatWasThereWorksWithoutABlockAndAnInode) {
  mount_state("size=4m,nr_inodes=64");
  ASSERT_EQ(fix().exit_code, 0);
  ASSERT_EQ(forkmend({"rollback", "--all"}).exit_code, 0);
  fill_state();
  for (int again = 0; again < 3; ++again) {
    break_saves();
    const auto healed = fix();
    EXPECT_EQ(healed.exit_code, 0) << healed.out << healed.err;
    EXPECT_THAT(healed.out, HasSubstr("HEALED"));
    const auto undone = forkmend({"rollback", "--all"});
    EXPECT_EQ(undone.exit_code, 0) << undone.out << undone.err;
    EXPECT_EQ(nproc_limits(server_.pid()), broken_);
  }
  const auto history = forkmend({"history"});
  EXPECT_THAT(history.out, HasSubstr("rolled-back")) << history.err;
}

TEST_F(BrokenHost, NothingIsChangedThatCannotBeRecorded) {
  mount_state("size=1m,nr_inodes=64");
  fill_state();
  const auto refused = fix();
  EXPECT_NE(refused.exit_code, 0) << refused.out;
  EXPECT_THAT(refused.out + refused.err, HasSubstr("No space left on device"));
  EXPECT_THAT(refused.out + refused.err, HasSubstr(state_)) << "it names the place";
  EXPECT_EQ(nproc_limits(server_.pid()), broken_);
  const auto agent = forkmend({"agent", "--once", "--mode", "heal", "-i", server_.url()});
  EXPECT_EQ(agent.exit_code, 1) << agent.err;
  EXPECT_THAT(agent.err, HasSubstr("No space left on device"));
  EXPECT_EQ(nproc_limits(server_.pid()), broken_);
}

bool is_version_1(const std::string& controller) {
  return fs::exists("/sys/fs/cgroup/" + controller + "/cgroup.procs");
}

/// forkmend by root in a cgroup of its own, as a cgroup is not for users to join.
class BrokenCgroup : public BrokenHost {
 protected:
  /// `file` limits it.
  void limit(const std::string& controller, const std::string& file, const std::string& value) {
    cgroup_ = std::string("/sys/fs/cgroup") + (is_version_1(controller) ? "/" + controller : "") +
              "/forkmend-broken-" + std::to_string(getpid());
    guard_.make_cgroup(cgroup_);
    write_text(cgroup_ + "/" + file, value);
  }

  /// Joins the cgroup and becomes the program.
  [[nodiscard]] ProgramResult forkmend_within(const std::vector<std::string>& words) const {
    std::vector<std::string> argv = {
        "sh",      "-c",      "echo $$ > " + cgroup_ + "/cgroup.procs && exec \"$0\" \"$@\"",
        program(), "--state", (dir_.path() / "of-root").string()};
    argv.insert(argv.end(), words.begin(), words.end());
    return run_program(argv);
  }

  void heals_and_undoes() {
    const auto healed = forkmend_within({"fix", "--yes", "-i", server_.url()});
    EXPECT_EQ(healed.exit_code, 0) << healed.out << healed.err;
    EXPECT_THAT(healed.out, HasSubstr("HEALED"));
    EXPECT_EQ(server_.info("rdb_last_bgsave_status"), "ok");
    const auto undone = forkmend_within({"rollback", "--all"});
    EXPECT_EQ(undone.exit_code, 0) << undone.out << undone.err;
    EXPECT_EQ(nproc_limits(server_.pid()), broken_);
    break_saves();
    const auto by_agent = forkmend_within(
        {"--policy", no_cooldown_, "agent", "--once", "--mode", "heal", "-i", server_.url()});
    EXPECT_EQ(by_agent.exit_code, 0) << by_agent.err;
    EXPECT_EQ(server_.info("rdb_last_bgsave_status"), "ok");
  }

  std::string cgroup_;
  Forkmend of_root_;  // a policy that root follows is root's
  std::string no_cooldown_ = of_root_.policy(
      "schema = 1\n[rails]\ncooldown = \"0s\"\n[[rule]]\nname = \"n\"\n"
      "cause = [\"nproc-limit\"]\ntry = [\"nproc-limit\"]\n");
};

TEST_F(BrokenCgroup, HealsWhereItCanStartNeitherAProgramNorAThread) {
  limit("pids", "pids.max", "1");
  heals_and_undoes();
  EXPECT_THAT(read_file(cgroup_ + "/pids.events"), HasSubstr("max ")) << "its limit was met";
}

TEST_F(BrokenCgroup, HealsWithin32MiB) {
  limit("memory", is_version_1("memory") ? "memory.limit_in_bytes" : "memory.max", "33554432");
  heals_and_undoes();
}

}  // namespace
}  // namespace forkmend::testing
