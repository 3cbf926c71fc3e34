// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/confined_read.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/descriptor.hpp"
#include "base/text.hpp"

namespace forkmend::redis {

namespace {

constexpr int kReading = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

Result<Descriptor> open_without_links(Descriptor directory, const std::string& path) {
  for (const std::string_view part : split(path, '/')) {
    if (part.empty()) continue;
    const std::string name(part);
    Descriptor next(openat(directory.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!next.is_open()) return errno_error(errno, "opening " + path);
    struct stat status{};
    if (fstat(next.get(), &status) != 0) return errno_error(errno, "opening " + path);
    if (S_ISLNK(status.st_mode)) {
      return Error{Errc::unsupported,
                   "opening " + path + ": a symbolic link, which this kernel cannot confine"};
    }
    directory = std::move(next);
  }
  // An O_PATH descriptor is opened for reading by its name in /proc, a link of the kernel's own.
  const std::string name = "/proc/self/fd/" + std::to_string(directory.get());
  Descriptor file(open(name.c_str(), kReading));
  if (!file.is_open()) return errno_error(errno, "opening " + path);
  return file;
}

Result<Descriptor> open_confined(const host::Root& root, const ConfinedPath& path) {
  if (path.base == "/") {
    Descriptor file(open(root.at(path.path).c_str(), kReading));
    if (!file.is_open()) return errno_error(errno, "opening " + path.path);
    return file;
  }
  Descriptor directory(open(root.at(path.base).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open()) return errno_error(errno, "opening " + path.base);
  open_how how{};
  how.flags = static_cast<unsigned>(kReading);
  how.resolve = RESOLVE_IN_ROOT;
  const long fd = syscall(SYS_openat2, directory.get(), path.path.c_str(), &how, sizeof how);
  if (fd >= 0) return Descriptor(static_cast<int>(fd));
  // Some container run-times answer EPERM to calls they do not know.
  if (errno == ENOSYS || errno == EPERM) return open_without_links(std::move(directory), path.path);
  return errno_error(errno, "opening " + path.base + path.path);
}

}  // namespace

ConfinedPath confine(const std::string& path) {
  const std::string normal = std::filesystem::path(path).lexically_normal().string();
  const auto parts = split(normal, '/');  // "", "proc", PID, "root", ...
  const bool is_inside = parts.size() > 4 && parts[0].empty() && parts[1] == "proc" &&
                         parse_integer(parts[2]).value_or(0) > 0 && parts[3] == "root";
  if (!is_inside) return ConfinedPath{"/", normal};
  const std::string base = "/proc/" + std::string(parts[2]) + "/root";
  return ConfinedPath{base, normal.substr(base.size())};
}

ConfinedPath beside(const ConfinedPath& file, const std::string& name) {
  const auto path = std::filesystem::path(file.path).parent_path() / name;  // absolute: name alone
  return ConfinedPath{file.base, path.lexically_normal().string()};
}

Result<std::string> read_confined(const host::Root& root, const ConfinedPath& path,
                                  std::size_t limit) {
  const auto file = open_confined(root, path);
  if (!file) return file.error();
  struct stat status{};
  if (fstat(file->get(), &status) != 0) return errno_error(errno, "reading " + path.path);
  if (!S_ISREG(status.st_mode)) {
    return Error{Errc::invalid, path.path + ": expected a regular file"};
  }
  if (static_cast<std::uint64_t>(status.st_size) > limit) {
    return Error{Errc::too_large, path.path + ": larger than expected"};
  }
  std::string content(static_cast<std::size_t>(status.st_size) + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const ssize_t got = read(file->get(), content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error(errno, "reading " + path.path);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size == content.size())
    return Error{Errc::changed, path.path + ": it grew while it was read"};
  content.resize(size);
  return content;
}

}  // namespace forkmend::redis
