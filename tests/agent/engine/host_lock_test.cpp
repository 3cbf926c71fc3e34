// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/host_lock.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "engine/state.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

namespace fs = std::filesystem;
using testing::TempDir;

/// Another process that holds the lock until it is killed.
class Holder {
 public:
  explicit Holder(const std::string& path) {
    std::array<int, 2> ready{};
    EXPECT_EQ(pipe(ready.data()), 0);
    pid_ = fork();
    if (pid_ == 0) {
      const auto lock = HostLock::acquire(path);
      const char answer = lock ? 'y' : 'n';
      if (write(ready[1], &answer, 1) != 1) _exit(1);
      while (true) pause();
    }
    char answer = 0;
    EXPECT_EQ(read(ready[0], &answer, 1), 1);
    EXPECT_EQ(answer, 'y');
    close(ready[0]);
    close(ready[1]);
  }
  ~Holder() { end(); }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  void end() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

TEST(HostLock, IsHeldByOneProcessOnly) {
  const TempDir dir;
  const auto path = (dir.path() / "lock").string();
  const Holder other(path);
  const auto lock = HostLock::acquire(path);
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().code, Errc::busy);
  EXPECT_NE(lock.error().message.find("pid " + std::to_string(other.pid()) + " ("),
            std::string::npos)
      << lock.error().message;
}

TEST(HostLock, EndsWithItsHolderHoweverThatEnds) {
  const TempDir dir;
  const auto path = (dir.path() / "lock").string();
  Holder other(path);
  other.end();
  const auto lock = HostLock::acquire(path);
  EXPECT_TRUE(lock) << lock.error().message;
}

TEST(HostLock, IsReleasedAtTheEndOfItsScope) {
  const TempDir dir;
  const auto path = (dir.path() / "lock").string();
  {
    auto first = HostLock::acquire(path);
    ASSERT_TRUE(first);
    const HostLock moved = *std::move(first);
    EXPECT_EQ(HostLock::acquire(path).error().code, Errc::busy);
  }
  EXPECT_TRUE(HostLock::acquire(path));
}

TEST(HostLock, FollowsNoSymbolicLink) {
  const TempDir dir;
  std::ofstream(dir.path() / "precious") << "keep me";
  fs::create_symlink(dir.path() / "precious", dir.path() / "lock");
  EXPECT_EQ(HostLock::acquire(dir.path() / "lock").error().code, Errc::invalid);
  EXPECT_EQ(fs::file_size(dir.path() / "precious"), 7U);
}

TEST(HostLock, MakesItsDirectory) {
  const TempDir dir;
  EXPECT_TRUE(HostLock::acquire(dir.path() / "state" / "lock"));
  const auto mode = fs::status(dir.path() / "state" / "lock").permissions();
  EXPECT_EQ(static_cast<unsigned>(mode), 0600U);
}

TEST(StopFile, IsSeen) {
  const TempDir dir;
  EXPECT_FALSE(stop_file_present(dir.path()));
  EXPECT_FALSE(stop_file_present(dir.path() / "none"));
  fs::create_symlink("nowhere", dir.path() / "stop");
  EXPECT_TRUE(stop_file_present(dir.path())) << "a dangling link, too";
}

TEST(StopFile, CountsAsPresentWhenItCannotBeTold) {
  const TempDir dir;
  EXPECT_TRUE(stop_file_present((dir.path() / std::string(300, 'x')).string()));
}

TEST(StateDir, FollowsUidAndEnvironment) {
  EXPECT_EQ(state_dir_of({.effective_uid = 0, .xdg_state_home = "/x", .home = "/root"}),
            "/var/lib/forkmend");
  EXPECT_EQ(state_dir_of({.effective_uid = 7, .xdg_state_home = "/x", .home = "/home/u"}),
            "/x/forkmend");
  EXPECT_EQ(state_dir_of({.effective_uid = 7, .xdg_state_home = "rel", .home = "/home/u"}),
            "/home/u/.local/state/forkmend");
  EXPECT_EQ(state_dir_of({.effective_uid = 7, .xdg_state_home = "", .home = ""}),
            "/var/lib/forkmend");
}

TEST(StateDir, TakesATrailingSlash) {
  const TempDir dir;
  EXPECT_TRUE(open_state_dir((dir.path() / "state").string() + "/"));
  EXPECT_TRUE(fs::is_directory(dir.path() / "state"));
}

TEST(StateDir, IsNoFile) {
  const TempDir dir;
  std::ofstream(dir.path() / "file") << "x";
  EXPECT_FALSE(open_state_dir(dir.path() / "file"));
}

}  // namespace
}  // namespace forkmend::engine
