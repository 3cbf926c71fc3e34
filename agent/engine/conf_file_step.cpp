// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// How a setting of a server is kept for its next start: one block in its own configuration file,
// see redis/conf_edit.hpp. The path is what the server said, so that root could be led to a file
// that is none of the server's. Therefore: no symbolic link is followed, the file has to be one
// that the server itself could write (it belongs to the user that the server runs as), or one that
// nobody but root can have put there; and what is written is what was read, with our block or
// without it.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "engine/kernel_file.hpp"
#include "engine/step_access.hpp"
#include "engine/whole_file.hpp"
#include "redis/conf_edit.hpp"
#include "redis/credentials.hpp"

namespace forkmend::engine {

namespace {

constexpr std::size_t kMaxFile = std::size_t{4} << 20U;

/// What remedies keep. None of them holds a password or moves a file.
constexpr auto kParameters = std::to_array<std::string_view>(
    {"activedefrag", "active-defrag-ignore-bytes", "active-defrag-threshold-lower",
     "active-defrag-threshold-upper", "maxmemory", "maxmemory-policy", "rdb-save-incremental-fsync",
     "repl-diskless-sync", "repl-diskless-sync-delay", "save"});

/// The file, its directory, and what it was when it was opened.
struct OpenFile {
  Descriptor directory;
  Descriptor file;
  std::string name;
  struct stat status{};
};

Result<void> check_target(const remediations::Target& target) {
  auto plain = check_below(target.file, "");
  if (!plain) return plain;
  if (std::ranges::find(kParameters, target.name) != kParameters.end()) return ok();
  return Error{Errc::invalid,
               printable(target.name) + " is not a parameter that is kept in a configuration file"};
}

/// It becomes a line of the file: nothing that could end that line or begin a comment.
Result<void> check_value(const StepValue& value) {
  const auto harmless = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == ' ';
  };
  if (!value || std::ranges::all_of(*value, harmless)) return ok();
  return Error{Errc::invalid, printable(*value) + " is not a value for a configuration file"};
}

Error open_error(int number, const std::string& path) {
  if (number == ELOOP || number == ENOTDIR) {
    return Error{Errc::invalid, "in " + printable(path) + " there is a symbolic link by now",
                 number};
  }
  return errno_error(number, "opening " + printable(path));
}

/// A directory, and whether nobody but root can change a name on the way to it or in it.
struct Walked {
  Descriptor directory;
  bool roots_alone = true;
};

bool is_roots_alone(const struct stat& status) {
  return status.st_uid == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

Result<void> look_at_owner(Walked& walked, const std::string& path) {
  struct stat status{};
  if (fstat(walked.directory.get(), &status) != 0) return open_error(errno, path);
  walked.roots_alone = walked.roots_alone && is_roots_alone(status);
  return ok();
}

Result<Walked> open_directory_of(const host::Root& root, const std::string& path) {
  Descriptor here(open(root.at("/").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!here.is_open()) return errno_error(errno, "opening the root directory");
  Walked walked{.directory = std::move(here)};
  auto looked = look_at_owner(walked, path);
  auto parts = split(std::string_view(path).substr(1), '/');
  parts.pop_back();
  for (const std::string_view part : parts) {
    Descriptor next(openat(walked.directory.get(), std::string(part).c_str(),
                           O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next.is_open()) return open_error(errno, path);
    walked.directory = std::move(next);
    if (looked) looked = look_at_owner(walked, path);
  }
  if (!looked) return looked.error();
  return walked;
}

Result<void> check_owner(const OpenFile& opened, bool directories_are_roots,
                         const remediations::Target& target) {
  if (directories_are_roots && is_roots_alone(opened.status)) return ok();
  if (target.owner != 0 && opened.status.st_uid == target.owner) return ok();
  return Error{Errc::invalid,
               printable(target.file) +
                   " is not the server's own, and others than root may write to it or to a "
                   "directory on the way: it is left as it is"};
}

Result<OpenFile> open_file(const host::Root& root, const remediations::Target& target) {
  const std::string& path = target.file;
  auto walked = open_directory_of(root, path);
  if (!walked) return walked.error();
  OpenFile opened;
  opened.directory = std::move(walked->directory);
  opened.name = path.substr(path.rfind('/') + 1);
  opened.file = Descriptor(openat(opened.directory.get(), opened.name.c_str(),
                                  O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!opened.file.is_open()) return open_error(errno, path);
  if (fstat(opened.file.get(), &opened.status) != 0) return open_error(errno, path);
  const bool plain = S_ISREG(opened.status.st_mode) && opened.status.st_nlink == 1 &&
                     (opened.status.st_mode & (S_ISUID | S_ISGID)) == 0;
  if (!plain) {
    return Error{Errc::invalid,
                 printable(path) + " is not a plain file with one name: it is left as it is"};
  }
  auto owned = check_owner(opened, walked->roots_alone, target);
  if (!owned) return owned.error();
  return opened;
}

/// Names end with NUL each.
Result<std::vector<std::string>> attribute_names(const Descriptor& file) {
  const ssize_t size = flistxattr(file.get(), nullptr, 0);
  if (size < 0 && errno == ENOTSUP) return std::vector<std::string>();
  std::string names(static_cast<std::size_t>(std::max<ssize_t>(size, 0)), '\0');
  const ssize_t got = size < 0 ? size : flistxattr(file.get(), names.data(), names.size());
  if (got < 0) return errno_error(errno, "listing its attributes");
  names.resize(static_cast<std::size_t>(got));
  std::vector<std::string> all;
  for (const std::string_view name : split(std::string_view(names), '\0')) {
    if (!name.empty()) all.emplace_back(name);
  }
  return all;
}

std::optional<std::string> attribute(const Descriptor& file, const std::string& name) {
  const ssize_t size = fgetxattr(file.get(), name.c_str(), nullptr, 0);
  if (size < 0) return std::nullopt;
  std::string value(static_cast<std::size_t>(size), '\0');
  const ssize_t got = fgetxattr(file.get(), name.c_str(), value.data(), value.size());
  if (got < 0) return std::nullopt;
  value.resize(static_cast<std::size_t>(got));
  return value;
}

/// Access lists and labels too: the server, and nobody else, must be able to read it as before.
Result<void> copy_attributes(const Descriptor& from, const Descriptor& to) {
  const auto names = attribute_names(from);
  if (!names) return names.error();
  for (const std::string& name : *names) {
    const auto value = attribute(from, name);
    // A label that the new file has by the rules of its directory need not be set, and perhaps may
    // not.
    if (!value || attribute(to, name) == value) continue;
    if (fsetxattr(to.get(), name.c_str(), value->data(), value->size(), 0) != 0) {
      return errno_error(errno, "giving the new file the attribute " + printable(name));
    }
  }
  return ok();
}

Result<void> make_like(const OpenFile& old, const Descriptor& made) {
  struct stat status{};
  if (fstat(made.get(), &status) != 0) return errno_error(errno, "looking at the new file");
  const bool same = status.st_uid == old.status.st_uid && status.st_gid == old.status.st_gid;
  if (!same && fchown(made.get(), old.status.st_uid, old.status.st_gid) != 0) {
    return errno_error(errno, "giving the new file the owner of the old one");
  }
  if (fchmod(made.get(), old.status.st_mode & 07777) != 0) {
    return errno_error(errno, "giving the new file the mode of the old one");
  }
  return copy_attributes(old.file, made);
}

/// Always the same name (and no *.conf), so that what a crash left goes with the next write.
std::string temporary_name(const std::string& name) {
  return "." + name + ".forkmend";
}

Result<void> remove_temporary(const OpenFile& old) {
  const std::string name = temporary_name(old.name);
  if (unlinkat(old.directory.get(), name.c_str(), 0) == 0 || errno == ENOENT) return ok();
  return errno_error(errno, "removing an old " + printable(name));
}

/// Somebody may have written between our read and our rename; what they wrote must not get lost.
Result<void> check_unchanged(const OpenFile& old) {
  struct stat now{};
  if (fstatat(old.directory.get(), old.name.c_str(), &now, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno_error(errno, "looking at it again");
  }
  const bool same = now.st_ino == old.status.st_ino && now.st_dev == old.status.st_dev &&
                    now.st_size == old.status.st_size &&
                    now.st_mtim.tv_sec == old.status.st_mtim.tv_sec &&
                    now.st_mtim.tv_nsec == old.status.st_mtim.tv_nsec;
  if (same) return ok();
  return Error{Errc::changed, "somebody else wrote it at this moment: nothing was written"};
}

Error rename_error(int number) {
  Error error = errno_error(number, "renaming the new file over it");
  if (number == EBUSY) error.message += " (it is a mount of its own and cannot be replaced)";
  return error;
}

Result<void> replace(const OpenFile& old, const std::string& content) {
  const std::string temporary = temporary_name(old.name);
  const Descriptor made(openat(old.directory.get(), temporary.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!made.is_open()) return errno_error(errno, "making " + printable(temporary));
  Result<void> outcome = write_whole(made, content);
  if (outcome) outcome = make_like(old, made);
  if (outcome && fsync(made.get()) != 0) outcome = errno_error(errno, "syncing");
  if (outcome) outcome = check_unchanged(old);
  if (outcome && renameat(old.directory.get(), temporary.c_str(), old.directory.get(),
                          old.name.c_str()) != 0) {
    outcome = rename_error(errno);
  }
  if (!outcome) {
    unlinkat(old.directory.get(), temporary.c_str(), 0);
    return outcome;
  }
  if (fsync(old.directory.get()) != 0) return errno_error(errno, "syncing the directory");
  return ok();
}

Result<void> edit(const OpenFile& old, std::string& content, const remediations::Target& target,
                  const StepValue& value) {
  auto cleared = remove_temporary(old);
  if (!cleared) return cleared;
  auto edited = redis::with_directive(content, target.name, value);
  if (!edited) return edited.error();
  const bool same = *edited == content;
  auto outcome = same ? ok() : replace(old, *edited);
  redis::wipe(*edited);
  return outcome;
}

}  // namespace

Result<StepValue> read_conf_file_step(const host::Root& root, const remediations::Target& target) {
  const auto valid = check_target(target);
  if (!valid) return valid.error();
  const auto opened = open_file(root, target);
  if (!opened) return opened.error();
  auto content = read_whole(opened->file, target.file, kMaxFile);
  if (!content) return content.error();
  auto value = redis::directive_value(*content, target.name);
  redis::wipe(*content);
  if (!value) return value.error().during("reading " + printable(target.file));
  return *std::move(value);
}

Result<void> write_conf_file_step(const host::Root& root, const remediations::Target& target,
                                  const StepValue& value) {
  auto valid = check_target(target);
  if (valid) valid = check_value(value);
  if (!valid) return valid;
  const auto opened = open_file(root, target);
  if (!opened) return opened.error();
  auto content = read_whole(opened->file, target.file, kMaxFile);
  if (!content) return content.error();
  auto written = edit(*opened, *content, target, value);
  redis::wipe(*content);
  if (!written) return written.error().during("writing " + printable(target.file));
  return ok();
}

}  // namespace forkmend::engine
