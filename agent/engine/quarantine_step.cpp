// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A temporary file that a dead child left is moved into a folder beside it, which only root can
// enter, and back. The directory is the server's, which may be hostile: no link is followed below
// the root of its file tree, nothing is replaced, and what is moved stays in the same directory.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <compare>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/descriptor.hpp"
#include "base/text.hpp"
#include "engine/kernel_file.hpp"
#include "engine/step_access.hpp"
#include "host/process.hpp"
#include "host/process_table.hpp"
#include "host/temp_files.hpp"
#include "redis/confined_read.hpp"

namespace forkmend::engine {

using remediations::Target;

namespace {

constexpr const char* kFolder = ".forkmend-quarantine";
constexpr const char* kInPlace = "in-place";
constexpr const char* kQuarantined = "quarantined";
/// Ours is in the folder, and a new file has its name: neither may go for the other.
constexpr const char* kBoth = "quarantined, with a new file of that name in its place";

/// The directory, held open, and the file's name in it.
struct Place {
  Descriptor directory;
  std::string path;  ///< of the directory
  std::string file;
};

Descriptor open_directory(const Descriptor& parent, const std::string& name) {
  constexpr int kMode = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  return Descriptor(openat(parent.get(), name.c_str(), kMode));
}

/// Through /proc/PID/root only while PID is the server that was meant.
Result<void> check_process(const host::Root& root, const Target& target) {
  const auto stat = host::read_stat(root, target.pid);
  if (!stat) return stat.error().during("looking at the server's files");
  if (stat->start_time == target.process_start) return ok();
  return Error{Errc::invalid, "the server (pid " + std::to_string(target.pid) +
                                  ") whose files these are has ended"};
}

Result<Place> find_place(const host::Root& root, const Target& target) {
  auto plain = check_below(target.name, "");
  if (!plain) return plain.error();
  const auto slash = target.name.rfind('/');
  Place place{.directory = Descriptor(),
              .path = target.name.substr(0, slash),
              .file = target.name.substr(slash + 1)};
  if (!host::temp_file_pid(place.file)) {
    return Error{Errc::invalid, printable(place.file) + " is not a temporary file of a save"};
  }
  const redis::ConfinedPath confined = redis::confine(place.path);
  if (confined.base != "/") plain = check_process(root, target);
  if (!plain) return plain.error();
  // The last link, /proc/PID/root, is the kernel's own.
  Descriptor here(open(root.at(confined.base).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (const std::string_view part : split(confined.path, '/')) {
    if (part.empty() || !here.is_open()) continue;
    here = open_directory(here, std::string(part));
  }
  if (!here.is_open()) return errno_error(errno, "opening " + printable(place.path));
  place.directory = std::move(here);
  return place;
}

Result<bool> holds(const Descriptor& directory, const std::string& name) {
  struct stat status{};
  if (fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return false;
    return errno_error(errno, "looking at " + printable(name));
  }
  return S_ISREG(status.st_mode);
}

/// Errors: not_found; invalid when somebody else made it.
Result<Descriptor> open_folder(const Place& place) {
  Descriptor folder = open_directory(place.directory, kFolder);
  if (!folder.is_open()) return errno_error(errno, "opening " + place.path + "/" + kFolder);
  struct stat status{};
  if (fstat(folder.get(), &status) != 0) return errno_error(errno, "looking at the quarantine");
  if (status.st_uid == geteuid() && (status.st_mode & 0777U) == 0700U) return folder;
  return Error{Errc::invalid, printable(place.path) + "/" + kFolder +
                                  " was not made by forkmend: owner or mode differs"};
}

Result<Descriptor> make_folder(const Place& place) {
  if (mkdirat(place.directory.get(), kFolder, 0700) != 0 && errno != EEXIST) {
    return errno_error(errno, "making the quarantine in " + printable(place.path));
  }
  return open_folder(place);
}

/// By device and inode: a name says nothing about a file that was renamed while open.
struct FileId {
  dev_t device = 0;
  std::uint64_t inode = 0;
  auto operator<=>(const FileId&) const = default;
};

/// Nothing is asked of the file's server: on a dead NFS mount a stat(2) would wait for ever.
std::optional<FileId> open_file_id(const std::string& path) {
  struct statx status{};
  constexpr int kHow = AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT;
  if (statx(AT_FDCWD, path.c_str(), kHow, STATX_INO, &status) != 0) return std::nullopt;
  return FileId{makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_ino};
}

/// What all processes that we see have open.
Result<std::set<FileId>> open_files(const host::Root& root) {
  const auto table = host::process_table(root);
  if (!table) return table.error();
  std::set<FileId> open;
  for (const host::ProcessRow& row : *table) {
    const std::string directory = host::proc_path(row.pid, "fd");
    const auto names = root.list(directory);
    if (!names) continue;
    for (const std::string& name : *names) {
      const auto id = open_file_id(root.at(join(std::array{directory, name}, "/")).string());
      if (id) open.insert(*id);
    }
  }
  return open;
}

bool is_open_somewhere(const host::Root& root, const struct stat& file) {
  const auto open = open_files(root);
  return !open || open->contains(FileId{file.st_dev, file.st_ino});
}

/// Looked at once more right before the move: a pid may have been given again meanwhile.
Result<void> check_stale(const host::Root& root, const Place& place) {
  const auto stale = host::find_stale_temp_files(root, place.path);
  if (!stale) return stale.error();
  struct stat status{};
  if (fstatat(place.directory.get(), place.file.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno_error(errno, "looking at " + printable(place.file));
  }
  const bool listed = std::ranges::find(stale->names, place.file) != stale->names.end();
  if (listed && !(root.live() && is_open_somewhere(root, status))) return ok();
  return Error{Errc::busy, printable(place.file) + " is in use: a process has it open or its pid"};
}

Result<void> move(const Descriptor& from, const Descriptor& to, const std::string& name) {
  if (renameat2(from.get(), name.c_str(), to.get(), name.c_str(), RENAME_NOREPLACE) != 0) {
    return errno_error(errno, "moving " + printable(name));
  }
  if (fsync(to.get()) != 0 || fsync(from.get()) != 0) {
    return errno_error(errno, "syncing the directory");
  }
  return ok();
}

/// An empty folder goes; with other files in it it stays.
Result<void> remove_folder(const Place& place) {
  const auto folder = open_folder(place);
  if (!folder) return ok();
  if (unlinkat(place.directory.get(), kFolder, AT_REMOVEDIR) == 0) return ok();
  if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOENT) return ok();
  return errno_error(errno, "removing the empty quarantine in " + printable(place.path));
}

/// Whether the folder has it. Where the file is in place, a folder of somebody else's holds nothing
/// of ours.
Result<bool> is_kept(const Place& place, bool in_place) {
  const auto folder = open_folder(place);
  if (folder) return holds(*folder, place.file);
  if (in_place || folder.error().code == Errc::not_found) return false;
  return folder.error();
}

Result<void> put_away(const host::Root& root, const Place& place) {
  auto stale = check_stale(root, place);
  if (!stale) return stale;
  const auto folder = make_folder(place);
  if (!folder) return folder.error();
  auto moved = move(place.directory, *folder, place.file);
  if (!moved) static_cast<void>(remove_folder(place));
  return moved;
}

Result<void> put_back(const Place& place) {
  const auto there = holds(place.directory, place.file);
  if (!there) return there.error();
  if (!*there) {
    const auto folder = open_folder(place);
    if (!folder) return folder.error();
    auto moved = move(*folder, place.directory, place.file);
    if (!moved) return moved;
  }
  return remove_folder(place);
}

}  // namespace

Result<StepValue> read_quarantine_step(const host::Root& root, const Target& target) {
  const auto place = find_place(root, target);
  if (!place) return place.error();
  const auto there = holds(place->directory, place->file);
  if (!there) return there.error();
  const auto kept = is_kept(*place, *there);
  if (!kept) return kept.error();
  if (*there) return StepValue(*kept ? kBoth : kInPlace);
  return *kept ? StepValue(kQuarantined) : StepValue();
}

Result<void> write_quarantine_step(const host::Root& root, const Target& target,
                                   const std::string& value) {
  const auto place = find_place(root, target);
  if (!place) return place.error();
  if (value == kQuarantined) return put_away(root, *place);
  if (value == kInPlace) return put_back(*place);
  return Error{Errc::invalid,
               "a file is \"in-place\" or \"quarantined\", not \"" + printable(value) + "\""};
}

}  // namespace forkmend::engine
