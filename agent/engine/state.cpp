// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/state.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace forkmend::engine {

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
  return value != nullptr ? value : "";
}

constexpr mode_t kOthersMayWrite = S_IWGRP | S_IWOTH;

/// mkdir -p with 0700 for each directory that is missing.
Result<void> make_directories(const std::filesystem::path& path) {
  std::filesystem::path so_far;
  for (const auto& part : path) {
    so_far /= part;
    if (mkdir(so_far.c_str(), 0700) == 0 || errno == EEXIST) continue;
    const int reason = errno;
    // On a read-only file system mkdir says EROFS for a directory that is there, too.
    struct stat status{};
    if (stat(so_far.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) continue;
    return errno_error(reason, "making the directory " + so_far.string());
  }
  return ok();
}

Error not_ours(const std::string& path, uid_t owner) {
  return Error{Errc::permission_denied, path + " belongs to uid " + std::to_string(owner) +
                                            ", not to uid " + std::to_string(geteuid()) +
                                            ": run as its owner or name another --state"};
}

Error others_may_write(const std::string& path) {
  return Error{Errc::permission_denied,
               path + " may be written by others: look at what is in it, then chmod go-w"};
}

}  // namespace

std::string state_dir_of(const StateHome& home) {
  if (home.effective_uid == 0) return "/var/lib/forkmend";
  if (home.xdg_state_home.starts_with('/')) return home.xdg_state_home + "/forkmend";
  if (home.home.starts_with('/')) return home.home + "/.local/state/forkmend";
  return "/var/lib/forkmend";
}

std::string default_state_dir() {
  return state_dir_of({.effective_uid = geteuid(),
                       .xdg_state_home = environment("XDG_STATE_HOME"),
                       .home = environment("HOME")});
}

Result<Descriptor> open_state_dir(const std::string& state_dir) {
  std::filesystem::path path = std::filesystem::path(state_dir).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  const auto made = make_directories(path);
  if (!made) return made.error();
  Descriptor directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.is_open() && (errno == ELOOP || errno == ENOTDIR)) {
    return Error{Errc::invalid, path.string() + " is a symbolic link or not a directory", errno};
  }
  if (!directory.is_open()) return errno_error(errno, "opening the directory " + path.string());
  struct stat status{};
  if (fstat(directory.get(), &status) != 0) {
    return errno_error(errno, "looking at the directory " + path.string());
  }
  if (status.st_uid != geteuid()) return not_ours(path.string(), status.st_uid);
  if ((status.st_mode & kOthersMayWrite) != 0) return others_may_write(path.string());
  return directory;
}

Result<void> check_own_file(const struct stat& status, const std::string& path) {
  if (!S_ISREG(status.st_mode)) {
    return Error{Errc::invalid, path + " is a symbolic link or not a regular file"};
  }
  if (status.st_uid != geteuid()) return not_ours(path, status.st_uid);
  if (status.st_nlink > 1) return Error{Errc::invalid, path + " has a second name (hard link)"};
  if ((status.st_mode & kOthersMayWrite) != 0) return others_may_write(path);
  return ok();
}

}  // namespace forkmend::engine
