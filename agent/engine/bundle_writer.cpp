// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/text.hpp"
#include "engine/bundle_file.hpp"

namespace forkmend::engine {

namespace {

constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kFileMode = 0600;

bool holds_nothing(const std::filesystem::path& directory) {
  std::error_code failure;
  return std::filesystem::is_empty(directory, failure) && !failure;
}

/// Makes the directories above the last part. Links that we made ourselves lead nowhere here:
/// mkdirat() finds something there, and the O_NOFOLLOW of what is opened in it refuses.
Result<void> make_parents(int directory, const std::string& path, const std::string& shown) {
  for (std::size_t at = path.find('/'); at != std::string::npos; at = path.find('/', at + 1)) {
    const std::string part = path.substr(0, at);
    if (mkdirat(directory, part.c_str(), kDirectoryMode) == 0) continue;
    if (errno != EEXIST) return errno_error(errno, "making a directory of " + shown);
    struct stat status{};
    if (fstatat(directory, part.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISDIR(status.st_mode)) {
      return Error{Errc::invalid, "writing " + shown + ": \"" + printable(part) +
                                      "\" is no directory; expected one"};
    }
  }
  return ok();
}

Result<void> write_all(int fd, std::string_view content, const std::string& shown) {
  while (!content.empty()) {
    const ssize_t wrote = ::write(fd, content.data(), content.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return errno_error(errno, "writing " + shown);
    content.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return ok();
}

}  // namespace

Result<BundleWriter> BundleWriter::create(const std::filesystem::path& directory) {
  const std::string shown = printable(directory.string(), 1000);
  const bool made = mkdir(directory.c_str(), kDirectoryMode) == 0;
  if (!made && errno != EEXIST) {
    return errno_error(errno, "making the bundle's directory " + shown);
  }
  Descriptor opened(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!opened.is_open()) {
    return Error{Errc::invalid, shown + ": " + errno_text(errno) +
                                    "; expected a new or empty directory, not a link"};
  }
  if (!made && !holds_nothing(directory)) {
    return Error{Errc::invalid, shown + ": not empty; expected a new or empty directory"};
  }
  if (fchmod(opened.get(), kDirectoryMode) != 0) {
    return errno_error(errno, "making the bundle's directory private, " + shown);
  }
  return BundleWriter(directory, std::move(opened), made);
}

BundleWriter::BundleWriter(std::filesystem::path path, Descriptor descriptor, bool made)
    : path_(std::move(path)), directory_(std::move(descriptor)), made_(made) {}

BundleWriter::BundleWriter(BundleWriter&& other) noexcept
    : path_(std::move(other.path_)),
      directory_(std::move(other.directory_)),
      made_(other.made_),
      keep_(std::exchange(other.keep_, true)) {}

BundleWriter::~BundleWriter() {
  if (keep_) return;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(path_, ignored)) {
    std::filesystem::remove_all(entry.path(), ignored);
  }
  if (made_) std::filesystem::remove(path_, ignored);
}

std::string BundleWriter::shown(const std::string& path) const {
  return printable((path_ / path).string(), 1000);
}

Result<void> BundleWriter::file(const std::string& path, std::string_view content) {
  if (auto made = make_parents(directory_.get(), path, shown(path)); !made) return made;
  const Descriptor file(openat(directory_.get(), path.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (!file.is_open()) return errno_error(errno, "writing " + shown(path));
  return write_all(file.get(), content, shown(path));
}

Result<void> BundleWriter::directory(const std::string& path) {
  return make_parents(directory_.get(), path + "/", shown(path));
}

Result<void> BundleWriter::link(const std::string& path, const std::string& target) {
  if (auto made = make_parents(directory_.get(), path, shown(path)); !made) return made;
  if (symlinkat(target.c_str(), directory_.get(), path.c_str()) == 0) return ok();
  return errno_error(errno, "writing the link " + shown(path));
}

Result<void> BundleWriter::set_time(const std::string& path, std::int64_t changed_at) {
  timespec times[2] = {{.tv_sec = changed_at, .tv_nsec = 0}, {.tv_sec = changed_at, .tv_nsec = 0}};
  if (utimensat(directory_.get(), path.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0) return ok();
  return errno_error(errno, "setting the time of " + shown(path));
}

}  // namespace forkmend::engine
