// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "base/text.hpp"
#include "engine/own_directory.hpp"
#include "engine/step_access.hpp"
#include "engine/unit_memory_cut.hpp"
#include "engine/whole_file.hpp"

namespace forkmend::engine {

namespace {

/// Far above any drop-in; a file that large is not ours.
constexpr std::size_t kMaxOwnFile = std::size_t{64} << 10U;

Result<void> check_plain(const host::Root& root, const struct stat& status,
                         const std::string& path) {
  if (!S_ISREG(status.st_mode)) {
    return Error{Errc::invalid, printable(path) + " is a symbolic link or not a regular file"};
  }
  if (status.st_nlink > 1) {
    return Error{Errc::invalid, printable(path) + " has a second name (hard link)"};
  }
  if (root.live() && (status.st_uid != 0 || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)) {
    return Error{Errc::permission_denied, printable(path) + " is not root's alone"};
  }
  return ok();
}

Result<StepValue> read_in(const host::Root& root, const Descriptor& directory,
                          const OwnPlace& place) {
  const std::string path = place.directory + "/" + place.file;
  const Descriptor file(openat(directory.get(), place.file.c_str(),
                               O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.is_open() && errno == ENOENT) return StepValue();
  if (!file.is_open() && errno == ELOOP) {
    return Error{Errc::invalid, printable(path) + " is a symbolic link", ELOOP};
  }
  if (!file.is_open()) return errno_error(errno, "opening " + printable(path));
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return errno_error(errno, "looking at " + printable(path));
  const auto plain = check_plain(root, status, path);
  if (!plain) return plain.error();
  auto content = read_whole(file, path, kMaxOwnFile);
  if (!content) return content.error();
  return StepValue(*std::move(content));
}

Result<void> write_as_ours(const Descriptor& file, std::string_view content) {
  auto written = write_whole(file, content);
  if (!written) return written;
  if (fchmod(file.get(), 0644) != 0) return errno_error(errno, "setting the mode");
  if (fsync(file.get()) != 0) return errno_error(errno, "syncing");
  return ok();
}

/// Always the same name (and no *.conf), so that what a crash left goes with the next write.
std::string temporary_name(const std::string& name) {
  return "." + name + ".new";
}

/// A file that is complete or not there, whenever the power goes.
Result<void> replace_in(const Descriptor& directory, const std::string& name,
                        const std::string& content) {
  const std::string temporary = temporary_name(name);
  if (unlinkat(directory.get(), temporary.c_str(), 0) != 0 && errno != ENOENT) {
    return errno_error(errno, "removing an old " + printable(temporary));
  }
  const Descriptor file(openat(directory.get(), temporary.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.is_open()) return errno_error(errno, "making " + printable(temporary));
  auto outcome = write_as_ours(file, content);
  if (outcome && renameat(directory.get(), temporary.c_str(), directory.get(), name.c_str()) != 0) {
    outcome = errno_error(errno, "renaming " + printable(temporary));
  }
  if (!outcome) {
    unlinkat(directory.get(), temporary.c_str(), 0);
    return outcome;
  }
  if (fsync(directory.get()) != 0) return errno_error(errno, "syncing the directory");
  return ok();
}

Result<void> remove_in(const host::Root& root, const OwnPlace& place) {
  {
    const auto directory = open_own_directory(root, place.directory, IfMissing::fail);
    if (!directory && directory.error().code == Errc::not_found) {
      return remove_own_directory(root, place.directory);
    }
    if (!directory) return directory.error();
    for (const std::string& name : {place.file, temporary_name(place.file)}) {
      if (unlinkat(directory->get(), name.c_str(), 0) != 0 && errno != ENOENT) {
        return errno_error(errno, "removing " + printable(name));
      }
    }
    if (fsync(directory->get()) != 0) return errno_error(errno, "syncing the directory");
  }
  return remove_own_directory(root, place.directory);
}

}  // namespace

Result<StepValue> read_own_file(const host::Root& root, const std::string& path) {
  const auto place = own_place(path);
  if (!place) return place.error();
  const auto directory = open_own_directory(root, place->directory, IfMissing::fail);
  if (!directory && directory.error().code == Errc::not_found) return StepValue();
  if (!directory) return directory.error();
  return read_in(root, *directory, *place);
}

Result<void> write_own_file(const host::Root& root, const std::string& path,
                            const StepValue& value) {
  const auto place = own_place(path);
  if (!place) return place.error();
  const auto survived = check_unit_memory_cut(root, path, value);
  if (!survived) return survived.error();
  if (!value) {
    auto removed = remove_in(root, *place);
    return removed ? removed : removed.error().during("removing " + printable(path));
  }
  const auto directory = open_own_directory(root, place->directory, IfMissing::make);
  if (!directory) return directory.error();
  // What is replaced has to be a plain file of ours, too.
  const auto old = read_in(root, *directory, *place);
  auto replaced = old ? replace_in(*directory, place->file, *value) : Result<void>(old.error());
  if (replaced) return replaced;
  if (!old || !*old) {
    // A directory made in vain goes again; the error to tell is the first one.
    static_cast<void>(remove_own_directory(root, place->directory));
  }
  return replaced.error().during("writing " + printable(path));
}

}  // namespace forkmend::engine
