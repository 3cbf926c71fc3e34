// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/host_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/descriptor.hpp"
#include "base/text.hpp"
#include "engine/state.hpp"

namespace forkmend::engine {

namespace {

constexpr const char* kRunDirectory = "/run/forkmend";

/// "812 (forkmend)", as the holder wrote it.
std::string holder_of(const Descriptor& file) {
  std::array<char, 128> text{};
  const ssize_t length = pread(file.get(), text.data(), text.size() - 1, 0);
  if (length <= 0) return "another process";
  return "pid " + printable(trim({text.data(), static_cast<std::size_t>(length)}));
}

Result<void> write_holder(const Descriptor& file, const std::string& path) {
  const std::string text = std::to_string(getpid()) + " (" + program_invocation_short_name + ")\n";
  // The name is only for people: a full disk must not keep us from healing.
  if (ftruncate(file.get(), 0) != 0) return errno_error(errno, "writing " + path);
  static_cast<void>(!pwrite(file.get(), text.data(), text.size(), 0));
  return ok();
}

/// /run/forkmend is shared by all that root runs; a state directory is made by the journal.
Result<void> make_directory_of(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  if (directory != kRunDirectory) {
    const auto opened = open_state_dir(directory);
    if (!opened) return opened.error();
    return ok();
  }
  if (mkdir(kRunDirectory, 0755) != 0 && errno != EEXIST) {
    return errno_error(errno, "making the directory " + directory);
  }
  const auto opened = open_state_dir(directory);
  if (!opened) return opened.error();
  return ok();
}

/// Whether `path` still names the open file: a lock on a file that was removed locks nothing.
bool is_current(const Descriptor& file, const std::string& path) {
  struct stat held{};
  struct stat named{};
  return fstat(file.get(), &held) == 0 && lstat(path.c_str(), &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

Result<Descriptor> open_lock(const std::string& path) {
  Descriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
  if (!file.is_open() && errno == ELOOP) {
    return Error{Errc::invalid, path + " is a symbolic link", ELOOP};
  }
  if (!file.is_open()) return errno_error(errno, "opening the lock " + path);
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return errno_error(errno, "looking at the lock " + path);
  const auto own = check_own_file(status, path);
  if (!own) return own.error();
  return file;
}

}  // namespace

Result<HostLock> HostLock::acquire(const std::string& path) {
  const auto made = make_directory_of(path);
  if (!made) return made.error().during("taking the lock " + path);
  constexpr int kTries = 3;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    auto file = open_lock(path);
    if (!file) return file.error();
    if (flock(file->get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return errno_error(errno, "taking the lock " + path);
      return Error{Errc::busy,
                   "another forkmend may change this host: " + holder_of(*file) + " holds " + path,
                   EWOULDBLOCK};
    }
    if (!is_current(*file, path)) continue;
    const auto written = write_holder(*file, path);
    if (!written) return written.error();
    return HostLock(file->release());
  }
  return Error{Errc::busy, "the lock " + path + " is replaced again and again"};
}

HostLock::HostLock(HostLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

HostLock& HostLock::operator=(HostLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

HostLock::~HostLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

std::string host_lock_path(const std::string& state_dir) {
  if (geteuid() == 0) return std::string(kRunDirectory) + "/lock";
  return (std::filesystem::path(state_dir) / "lock").string();
}

bool stop_file_present() {
  return stop_file_present(kRunDirectory);
}

bool stop_file_present(const std::string& run_directory) {
  struct stat status{};
  if (lstat((run_directory + "/stop").c_str(), &status) == 0) return true;
  // Who cannot tell must not change anything.
  return errno != ENOENT && errno != ENOTDIR;
}

}  // namespace forkmend::engine
