// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/own_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "engine/kernel_file.hpp"

namespace forkmend::engine {

namespace {

constexpr std::string_view kUnits = "/etc/systemd/system/";

/// An extended attribute, so that undo leaves an empty directory of somebody else alone. Only root
/// sees trusted.* ones; where those are refused (tests, containers) it is one of the owner's.
constexpr std::array<const char*, 2> kMarks = {"trusted.forkmend.made", "user.forkmend.made"};

/// False (errno): a file system that could keep a mark did not. Without marks at all,
/// remove_own_directory knows what to do.
bool mark_as_ours(const Descriptor& directory) {
  if (geteuid() == 0 && fsetxattr(directory.get(), kMarks[0], "1", 1, 0) == 0) return true;
  if (geteuid() == 0 && errno != EPERM && errno != ENOTSUP) return false;
  return fsetxattr(directory.get(), kMarks[1], "1", 1, 0) == 0 || errno == ENOTSUP ||
         errno == EPERM;
}

bool is_ours(const Descriptor& directory, const std::string& path) {
  for (const char* mark : kMarks) {
    if (fgetxattr(directory.get(), mark, nullptr, 0) >= 0) return true;
  }
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

/// Until it is marked it has a name that nobody else gives, and that systemd does not look at.
std::string unmarked_name(const std::string& name) {
  return "." + name + ".forkmend-new";
}

Result<Descriptor> make_at(const Descriptor& parent, const std::string& name,
                           std::string_view path) {
  const std::string unmarked = unmarked_name(name);
  if (mkdirat(parent.get(), unmarked.c_str(), 0755) != 0 && errno != EEXIST) {
    return errno_error(errno, "making the directory " + printable(path));
  }
  Descriptor made = open_at(parent, unmarked);
  if (!made.is_open()) {
    const int reason = errno;
    unlinkat(parent.get(), unmarked.c_str(), AT_REMOVEDIR);
    return open_error(reason, path);
  }
  // Our umask may have taken bits that systemd needs to read it.
  if (mark_as_ours(made) && fchmod(made.get(), 0755) == 0 &&
      renameat2(parent.get(), unmarked.c_str(), parent.get(), name.c_str(), RENAME_NOREPLACE) ==
          0 &&
      fsync(parent.get()) == 0) {
    return made;
  }
  const int reason = errno;
  unlinkat(parent.get(), unmarked.c_str(), AT_REMOVEDIR);
  return errno_error(reason, "making the directory " + printable(path));
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
  if (!parent && parent.error().code == Errc::not_found) return ok();
  if (!parent) return parent.error();
  const std::string name = directory.substr(slash + 1);
  // What a crash left of making it.
  static_cast<void>(unlinkat(parent->get(), unmarked_name(name).c_str(), AT_REMOVEDIR));
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
