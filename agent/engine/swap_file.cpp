// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A swap file is made under another name, allocated, labelled by mkswap and then renamed. So a
// crash leaves one of: nothing; a file whose name says that it was in the making; a complete file
// that its label says to be ours.
#include "engine/swap_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "engine/kernel_file.hpp"
#include "host/commands.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

/// union swap_header of include/linux/swap.h: the magic ends the first page, the volume label
/// follows 1024 bytes of boot block, three numbers and the uuid.
constexpr std::string_view kMagic = "SWAPSPACE2";
constexpr std::size_t kLabelAt = 1024 + 3 * 4 + 16;
constexpr std::size_t kLabelSize = 16;

std::string temporary_name(const OwnPlace& place) {
  return "." + place.file + ".new";
}

std::string header_of(const Descriptor& file) {
  std::string page(static_cast<std::size_t>(sysconf(_SC_PAGESIZE)), '\0');
  const ssize_t got = pread(file.get(), page.data(), page.size(), 0);
  page.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return page;
}

bool has_our_label(const std::string& header) {
  if (!header.ends_with(kMagic)) return false;
  const std::string label = header.substr(kLabelAt, kLabelSize);
  return label.substr(0, label.find('\0')) == kSwapLabel;
}

Result<void> remove_name(const Descriptor& directory, const std::string& name) {
  if (unlinkat(directory.get(), name.c_str(), 0) == 0 || errno == ENOENT) return ok();
  return errno_error(errno, "removing " + printable(name));
}

/// What has the name already: nothing, a file of ours that is not in use any more, or another.
Result<void> make_room_for(const host::Root& root, const Descriptor& directory,
                           const OwnPlace& place) {
  auto removed = remove_name(directory, temporary_name(place));
  if (!removed) return removed;
  const auto ours = is_our_swap_file(root, directory, place.file);
  if (!ours) return ours.error();
  if (*ours) return remove_name(directory, place.file);
  if (faccessat(directory.get(), place.file.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) != 0) return ok();
  return Error{Errc::changed, printable(place.directory + "/" + place.file) +
                                  " exists and is not a swap file of forkmend's: it is left alone"};
}

/// fallocate(2): the blocks are there although nothing is written, which swapon takes on ext4, xfs
/// and f2fs; a file with holes is refused (kernel: "swapfile has holes").
Result<void> allocate(const Descriptor& directory, const std::string& name, std::int64_t bytes) {
  const Descriptor file(openat(directory.get(), name.c_str(),
                               O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.is_open()) return errno_error(errno, "making " + printable(name));
  if (fchmod(file.get(), 0600) != 0) return errno_error(errno, "setting its mode");
  int outcome = 0;
  do {
    outcome = fallocate(file.get(), 0, 0, bytes);
  } while (outcome != 0 && errno == EINTR);
  if (outcome == 0) return ok();
  if (errno == EOPNOTSUPP || errno == ENOSYS) {
    return Error{Errc::unsupported, "this file system cannot allocate a file without writing it",
                 errno};
  }
  return errno_error(errno, "allocating " + std::to_string(bytes) + " bytes");
}

asio::awaitable<Result<void>> run_mkswap(std::string path) {
  std::vector<std::string> argv = {"mkswap", "--label", kSwapLabel, std::move(path)};
  host::CommandOptions defaults;
  const auto result = co_await host::run_command(std::move(argv), std::move(defaults));
  if (!result) co_return result.error().during("running mkswap");
  if (result->succeeded()) co_return ok();
  co_return Error{Errc::io, "mkswap failed: " + printable(trim(result->err))};
}

Result<void> publish(const Descriptor& directory, const OwnPlace& place) {
  const std::string temporary = temporary_name(place);
  if (renameat2(directory.get(), temporary.c_str(), directory.get(), place.file.c_str(),
                RENAME_NOREPLACE) != 0) {
    return errno_error(errno, "naming the swap file");
  }
  if (fsync(directory.get()) != 0) return errno_error(errno, "syncing the directory");
  return ok();
}

}  // namespace

Result<OwnPlace> swap_place(const std::string& path) {
  constexpr std::array<std::string_view, 4> kKernels = {"/proc/", "/sys/", "/dev/", "/run/"};
  const auto plain = check_below(path, "");
  if (!plain) return plain.error();
  const std::size_t slash = path.rfind('/');
  OwnPlace place{.directory = path.substr(0, slash), .file = path.substr(slash + 1)};
  const bool named = place.file.find("forkmend") != std::string::npos &&
                     !place.file.starts_with('.') && place.file.size() < 200;
  const bool kernels = std::ranges::any_of(
      kKernels, [&](std::string_view prefix) { return path.starts_with(prefix); });
  if (!place.directory.empty() && named && !kernels) return place;
  return Error{Errc::invalid, printable(path) +
                                  " is no place for a swap file of forkmend's: a name with "
                                  "\"forkmend\", in a directory of a disk"};
}

Result<bool> is_our_swap_file(const host::Root& root, const Descriptor& directory,
                              const std::string& name) {
  const Descriptor file(
      openat(directory.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) {
    if (errno == ENOENT || errno == ELOOP) return false;
    return errno_error(errno, "opening " + printable(name));
  }
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return errno_error(errno, "looking at " + printable(name));
  const bool roots = !root.live() || status.st_uid == 0;
  return S_ISREG(status.st_mode) && roots && has_our_label(header_of(file));
}

asio::awaitable<Result<void>> make_swap_file(host::Root root, OwnPlace place, std::int64_t bytes) {
  const auto directory = open_own_directory(root, place.directory, IfMissing::fail);
  if (!directory) co_return directory.error();
  auto done = make_room_for(root, *directory, place);
  if (!done) co_return done;
  done = allocate(*directory, temporary_name(place), bytes);
  if (done) {
    std::string path = root.at(place.directory + "/" + temporary_name(place));
    done = co_await run_mkswap(std::move(path));
  }
  if (done) done = publish(*directory, place);
  if (done) co_return ok();
  // The error to tell is the first one.
  static_cast<void>(remove_swap_file(root, place));
  co_return done.error().during("making the swap file " + printable(place.file));
}

Result<void> remove_swap_file(const host::Root& root, const OwnPlace& place) {
  const auto directory = open_own_directory(root, place.directory, IfMissing::fail);
  if (!directory && directory.error().code == Errc::not_found) return ok();
  if (!directory) return directory.error();
  auto removed = remove_name(*directory, temporary_name(place));
  if (!removed) return removed;
  const auto ours = is_our_swap_file(root, *directory, place.file);
  if (!ours) return ours.error();
  if (!*ours) return ok();
  removed = remove_name(*directory, place.file);
  if (!removed) return removed;
  if (fsync(directory->get()) != 0) return errno_error(errno, "syncing the directory");
  return ok();
}

}  // namespace forkmend::engine
