// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/kernel_file.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/descriptor.hpp"
#include "base/text.hpp"

namespace forkmend::engine {

namespace {

bool is_on(int fd, KernelFileSystem wanted) {
  struct statfs status{};
  if (fstatfs(fd, &status) != 0) return false;
  switch (wanted) {
    case KernelFileSystem::proc:
      return status.f_type == PROC_SUPER_MAGIC;
    case KernelFileSystem::sys:
      return status.f_type == SYSFS_MAGIC;
    case KernelFileSystem::cgroup:
      return status.f_type == CGROUP_SUPER_MAGIC || status.f_type == CGROUP2_SUPER_MAGIC;
  }
  return false;
}

/// What an administrator needs to hear with the errno.
std::string_view explanation(int sys_errno) {
  switch (sys_errno) {
    case EROFS:
      return " (mounted read-only: this container, or the unit with ProtectKernelTunables=, may "
             "not change it; do it on the host)";
    case EACCES:
    case EPERM:
      return " (needs root of the host; root of a user namespace is not enough)";
    case EINVAL:
    case ERANGE:
      return " (the kernel does not take this value)";
    case ELOOP:
      return " (a symbolic link is in its place)";
    default:
      return "";
  }
}

Error write_error(int sys_errno, const std::string& path, const std::string& value) {
  Error error = errno_error(sys_errno, "writing " + printable(value) + " to " + printable(path));
  if (sys_errno == ERANGE || sys_errno == ELOOP) error.code = Errc::invalid;
  error.message += explanation(sys_errno);
  return error;
}

Result<void> write_once(int fd, const std::string& path, const std::string& value,
                        const std::string& bytes) {
  ssize_t written = 0;
  do {
    written = ::write(fd, bytes.data(), bytes.size());
  } while (written < 0 && errno == EINTR);
  if (written < 0) return write_error(errno, path, value);
  if (static_cast<std::size_t>(written) != bytes.size()) {
    return Error{Errc::io, "writing " + printable(value) + " to " + printable(path) + ": only " +
                               std::to_string(written) + " of " + std::to_string(bytes.size()) +
                               " bytes were taken"};
  }
  return ok();
}

}  // namespace

Result<void> check_below(const std::string& path, const std::string& directory) {
  const bool below = path.starts_with(directory + "/");
  const bool plain = std::ranges::none_of(
      path, [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7F; });
  if (below && plain) {
    const auto parts = split(std::string_view(path).substr(1), '/');
    const auto odd = [](std::string_view part) {
      return part.empty() || part == "." || part == "..";
    };
    if (std::ranges::none_of(parts, odd)) return ok();
  }
  return Error{Errc::invalid, printable(path) + " is not a plain path below " + directory};
}

Result<void> write_kernel_file(const host::Root& root, const std::string& path,
                               KernelFileSystem file_system, const std::string& value) {
  // O_TRUNC means nothing to the kernel's files; a plain file that stands in for one needs it.
  const int mode =
      O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | (root.live() ? 0 : O_TRUNC);
  const Descriptor file(open(root.at(path).c_str(), mode));
  if (!file.is_open()) return write_error(errno, path, value);
  if (root.live() && !is_on(file.get(), file_system)) {
    return Error{Errc::unsupported, printable(path) +
                                        " is not the kernel's own file (something is mounted over "
                                        "it): a write would change nothing"};
  }
  return write_once(file.get(), path, value, value + "\n");
}

}  // namespace forkmend::engine
