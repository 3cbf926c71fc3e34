// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/own_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "engine/kernel_file.hpp"

namespace forkmend::engine {

namespace {

constexpr std::string_view kUnits = "/etc/systemd/system/";

/// An extended attribute, so that undo leaves an empty directory of somebody else alone. Only root
/// sees trusted.* ones; without root (tests) it is a user's.
const char* mark_name() {
  return geteuid() == 0 ? "trusted.forkmend.made" : "user.forkmend.made";
}

/// Best effort: remove_own_directory knows what to do without it.
void mark_as_ours(const Descriptor& directory) {
  static_cast<void>(fsetxattr(directory.get(), mark_name(), "1", 1, 0));
}

bool is_ours(const Descriptor& directory, const std::string& path) {
  if (fgetxattr(directory.get(), mark_name(), nullptr, 0) >= 0) return true;
  return errno != ENODATA && path.starts_with(kUnits);
}

Result<void> check_owner(const host::Root& root, const Descriptor& directory,
                         std::string_view path) {
  if (!root.live()) return ok();
  struct stat status{};
  if (fstat(directory.get(), &status) != 0) {
    return errno_error(errno, "looking at " + std::string(path));
  }
  if (status.st_uid == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0) return ok();
  return Error{Errc::permission_denied, printable(path) +
                                            " is not root's alone (owner or mode): nothing is "
                                            "written below it"};
}

Error open_error(int sys_errno, std::string_view path) {
  if (sys_errno == ELOOP || sys_errno == ENOTDIR) {
    return Error{Errc::invalid, printable(path) + " is a symbolic link or not a directory",
                 sys_errno};
  }
  return errno_error(sys_errno, "opening the directory " + printable(path));
}

Descriptor open_at(const Descriptor& parent, const std::string& name) {
  constexpr int kMode = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  return Descriptor(openat(parent.get(), name.c_str(), kMode));
}

Result<Descriptor> make_at(const Descriptor& parent, const std::string& name,
                           std::string_view path) {
  if (mkdirat(parent.get(), name.c_str(), 0755) != 0) {
    return errno_error(errno, "making the directory " + printable(path));
  }
  Descriptor made = open_at(parent, name);
  if (!made.is_open()) return open_error(errno, path);
  mark_as_ours(made);
  // Our umask may have taken bits that systemd needs to read it.
  if (fchmod(made.get(), 0755) != 0 || fsync(parent.get()) != 0) {
    return errno_error(errno, "making the directory " + printable(path));
  }
  return made;
}

}  // namespace

Result<OwnPlace> own_place(const std::string& path) {
  const auto plain = check_below(path, "/etc");
  const std::size_t slash = path.rfind('/');
  if (plain && slash != std::string::npos) {
    OwnPlace place{.directory = path.substr(0, slash), .file = path.substr(slash + 1)};
    const std::string_view directory = place.directory;
    const bool unit_directory = directory.starts_with(kUnits) && directory.ends_with(".d") &&
                                directory.find('/', kUnits.size()) == std::string_view::npos;
    const bool known = directory == "/etc/sysctl.d" || directory == "/etc/tmpfiles.d";
    const bool named = place.file.find("forkmend") != std::string::npos &&
                       place.file.ends_with(".conf") && !place.file.starts_with('.');
    if ((known || unit_directory) && named) return place;
    const bool swap_unit = directory == kUnits.substr(0, kUnits.size() - 1) &&
                           place.file.find("forkmend") != std::string::npos &&
                           place.file.ends_with(".swap");
    if (swap_unit) return place;
  }
  return Error{Errc::invalid,
               printable(path) +
                   " is not a file of forkmend's own in /etc/sysctl.d, /etc/tmpfiles.d or a unit's "
                   "drop-in directory, nor a unit of its swap file"};
}

Result<Descriptor> open_own_directory(const host::Root& root, const std::string& directory,
                                      IfMissing if_missing) {
  Descriptor here(open(root.at("/").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!here.is_open()) return errno_error(errno, "opening the root directory");
  const auto parts = split(std::string_view(directory).substr(1), '/');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string name(parts[i]);
    Descriptor next = open_at(here, name);
    if (!next.is_open() && errno == ENOENT && i + 1 == parts.size() &&
        if_missing == IfMissing::make) {
      auto made = make_at(here, name, directory);
      if (!made) return made;
      next = *std::move(made);
    }
    if (!next.is_open()) return open_error(errno, directory);
    const auto trusted = check_owner(root, next, directory);
    if (!trusted) return trusted.error();
    here = std::move(next);
  }
  return here;
}

Result<void> remove_own_directory(const host::Root& root, const std::string& directory) {
  const std::size_t slash = directory.rfind('/');
  const auto parent = open_own_directory(root, directory.substr(0, slash), IfMissing::fail);
  if (!parent) return parent.error();
  const std::string name = directory.substr(slash + 1);
  const Descriptor own = open_at(*parent, name);
  if (!own.is_open() || !is_ours(own, directory)) return ok();
  if (unlinkat(parent->get(), name.c_str(), AT_REMOVEDIR) != 0) {
    // Somebody else's file is in it by now: it stays.
    if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOENT) return ok();
    return errno_error(errno, "removing the directory " + printable(directory));
  }
  if (fsync(parent->get()) != 0) {
    return errno_error(errno, "removing the directory " + printable(directory));
  }
  return ok();
}

}  // namespace forkmend::engine
