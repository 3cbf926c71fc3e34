// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Saves whose child cannot write because of a file system: small ones, read-only ones, attributes.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "base/text.hpp"
#include "support/lab/host_guard.hpp"
#include "support/lab/program.hpp"
#include "support/lab/save_dir.hpp"

namespace forkmend::testing {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

class WriteFailureOfMount : public ::testing::Test {
 protected:
  /// A tmpfs over the directory of saves, of the servers' user.
  void small(const std::string& options) {
    guard_.mount({"-t", "tmpfs", "-o", options + ",mode=700,uid=60123,gid=60123", "tmpfs"},
                 dir_.path());
  }

  /// A new ext4 there.
  void ext4() {
    const std::string image = dir_.beside("image");
    std::ofstream(image).close();
    fs::resize_file(image, 64U << 20U);
    run({"mkfs.ext4", "-q", "-F", image});
    guard_.mount({"-o", "loop", image}, dir_.path());
    SaveDir::give(dir_.path());
  }

  static void run(const std::vector<std::string>& argv) {
    const auto result = run_program(argv);
    ASSERT_EQ(result.exit_code, 0) << argv.front() << ": " << result.err;
  }

  // The guard goes last: it unmounts before the directory is removed.
  SaveDir dir_;
  HostGuard guard_;
};

TEST_F(WriteFailureOfMount, DiskFull) {
  small("size=2m");
  const RedisServer server(dir_.server());
  fill(server);
  fail_to_write(server);
  EXPECT_EQ(diagnosed(server), "disk-full proven");
}

// The file system has room, the volume behind it has none: thin provisioning.
TEST_F(WriteFailureOfMount, DiskFullBehindTheFileSystem) {
  const std::string pool = dir_.beside("pool");
  fs::create_directory(pool);
  guard_.mount({"-t", "tmpfs", "-o", "size=4m", "tmpfs"}, pool);
  std::ofstream(pool + "/image").close();
  fs::resize_file(pool + "/image", 64U << 20U);
  run({"mkfs.ext4", "-q", "-F", "-O", "^has_journal", pool + "/image"});
  guard_.mount({"-o", "loop", pool + "/image"}, dir_.path());
  SaveDir::give(dir_.path());
  const RedisServer server(dir_.server());
  fill(server);
  fail_to_write(server);
  EXPECT_EQ(diagnosed(server), "disk-full proven");
}

/// Eight megabytes of which compression leaves more than half.
void fill_with_hashes(const RedisServer& server) {
  server.call({"EVAL",
               "for i = 1, 8000 do local t = {} "
               "for j = 1, 25 do t[j] = redis.sha1hex(i .. ' ' .. j) end "
               "redis.call('SET', KEYS[1] .. i, table.concat(t)) end return 1",
               "1", "key"});
}

/// A compressed RAM disk that takes 2 MiB and then answers with an I/O error.
class Zram {
 public:
  Zram() : number_(std::string(trim(read_file("/sys/class/zram-control/hot_add")))) {
    write_text("/sys/block/zram" + number_ + "/disksize", "64M");
    write_text("/sys/block/zram" + number_ + "/mem_limit", "2M");
  }
  ~Zram() {
    write_text("/sys/block/zram" + number_ + "/reset", "1");
    write_text("/sys/class/zram-control/hot_remove", number_);
  }
  Zram(const Zram&) = delete;
  Zram& operator=(const Zram&) = delete;

  [[nodiscard]] std::string device() const { return "/dev/zram" + number_; }

 private:
  std::string number_;
};

TEST(WriteFailureOfDevice, IoError) {
  const Zram zram;
  const SaveDir dir;
  HostGuard guard;
  const auto made = run_program({"mkfs.ext4", "-q", "-F", "-O", "^has_journal", zram.device()});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  guard.mount({zram.device()}, dir.path());
  SaveDir::give(dir.path());
  std::optional<RedisServer> server(dir.server());
  fill_with_hashes(*server);
  fail_to_write(*server);
  EXPECT_EQ(diagnosed(*server), "io-error proven");
  server.reset();  // the mount is busy before
}

TEST_F(WriteFailureOfMount, QuotaExceeded) {
  const std::string image = dir_.beside("image");
  std::ofstream(image).close();
  fs::resize_file(image, 256U << 20U);
  run({"mkfs.btrfs", "-q", "-f", image});
  guard_.mount({"-o", "loop", image}, dir_.path());
  run({"btrfs", "quota", "enable", dir_.path()});
  run({"btrfs", "qgroup", "limit", "2M", dir_.path()});
  SaveDir::give(dir_.path());
  const RedisServer server(dir_.server());
  fill(server);
  fail_to_write(server);
  EXPECT_EQ(diagnosed(server), "quota-exceeded likely");
}

TEST_F(WriteFailureOfMount, InodesExhausted) {
  small("size=64m,nr_inodes=2");
  std::ofstream(dir_.path() + "/last").close();
  const RedisServer server(dir_.server());
  fail_to_write(server);
  EXPECT_EQ(diagnosed(server), "inodes-exhausted proven");
}

TEST_F(WriteFailureOfMount, StaleTempFiles) {
  small("size=24m");
  // No kernel gives out such a pid (PID_MAX_LIMIT is 4194304).
  const std::string stale = dir_.path() + "/temp-4194999.rdb";
  std::ofstream(stale).close();
  run({"fallocate", "-l", "22m", stale});
  const RedisServer server(dir_.server());
  fill(server);
  fail_to_write(server);
  EXPECT_EQ(diagnosed(server), "stale-temp-files proven");
}

TEST_F(WriteFailureOfMount, AofOnAFullDisk) {
  small("size=1m");
  const RedisServer server(dir_.server({"--appendonly", "yes"}));
  const std::string value(100'000, 'x');
  for (int i = 0; i < 14; ++i) server.call({"SET", "key:" + std::to_string(i), value});
  ASSERT_TRUE(wait_for_text(server.log_file(), "writing to the AOF file", seconds(30)));
  EXPECT_EQ(diagnosed(server), "disk-full proven");
}

TEST_F(WriteFailureOfMount, ReadOnlyFilesystem) {
  ext4();
  const RedisServer server(dir_.server());
  run({"mount", "-o", "remount,ro", dir_.path()});
  fail_to_write(server);
  EXPECT_EQ(diagnosed(server), "read-only-filesystem proven");
}

TEST_F(WriteFailureOfMount, ReadOnlySandbox) {
  ServerOptions options = dir_.server();
  options.run_as.reset();
  options.owner = ordinary_user();
  const std::string here = dir_.path();
  options.prefix = {"unshare",
                    "-m",
                    "--propagation",
                    "private",
                    "--",
                    "sh",
                    "-c",
                    "mount --bind " + here + " " + here + " && mount -o remount,bind,ro " + here +
                        " && exec setpriv --reuid=60123 --regid=60123 --clear-groups -- \"$@\"",
                    "sh"};
  const RedisServer server(options);
  fail_to_write(server);
  EXPECT_EQ(diagnosed(server), "read-only-sandbox proven");
}

TEST_F(WriteFailureOfMount, ImmutableDirectory) {
  ext4();
  const RedisServer server(dir_.server());
  run({"chattr", "+i", dir_.path()});
  fail_to_write(server);
  EXPECT_EQ(diagnosed(server), "immutable-or-sticky proven");
}

TEST_F(WriteFailureOfMount, ImmutableFile) {
  ext4();
  const RedisServer server(dir_.server());
  std::ofstream(dir_.path() + "/dump.rdb") << "old";
  run({"chattr", "+i", dir_.path() + "/dump.rdb"});
  fail_to_write(server);
  EXPECT_EQ(diagnosed(server), "immutable-or-sticky proven");
}

TEST_F(WriteFailureOfMount, StickyDirectoryWithAForeignFile) {
  const RedisServer server(dir_.server());
  run({"chown", "0:0", dir_.path()});
  run({"chmod", "1777", dir_.path()});
  std::ofstream(dir_.path() + "/dump.rdb") << "of root";
  fail_to_write(server);
  EXPECT_EQ(diagnosed(server), "immutable-or-sticky proven");
}

TEST_F(WriteFailureOfMount, TargetIsAMountPoint) {
  const RedisServer server(dir_.server());
  std::ofstream(dir_.path() + "/dump.rdb") << "old";
  std::ofstream(dir_.beside("other.rdb")) << "mounted";
  guard_.mount({"--bind", dir_.beside("other.rdb")}, dir_.path() + "/dump.rdb");
  fail_to_write(server);
  EXPECT_EQ(diagnosed(server), "target-busy proven");
}

TEST_F(WriteFailureOfMount, PermissionDeniedByOwner) {
  const RedisServer server(dir_.server());
  run({"chown", "0:0", dir_.path()});
  run({"chmod", "755", dir_.path()});
  fail_to_write(server);
  EXPECT_EQ(diagnosed(server), "permission-denied proven");
}

}  // namespace
}  // namespace forkmend::testing
