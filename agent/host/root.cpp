// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/root.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <memory>
#include <system_error>
#include <utility>

#include "base/descriptor.hpp"
#include "host/captured_size.hpp"
#include "host/kernel_log_reader.hpp"
#include "host/read_cache.hpp"
#include "host/recording.hpp"

namespace forkmend::host {

namespace {

/// As many as the kernel follows in one look-up (MAXSYMLINKS).
constexpr int kMaxLinks = 40;

int open_for_reading(const std::string& path) {
  // O_NONBLOCK: a FIFO put in our way must not hang us. Regular and /proc files ignore it.
  return open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

Result<std::string> read_all(int fd, std::string_view path, std::size_t limit) {
  std::string content;
  std::array<char, 65536> buffer;  // NOLINT(*-member-init): hundreds of small files are read
  while (true) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error(errno, "reading " + std::string(path));
    if (got == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(got));
    if (content.size() > limit) {
      return Error{Errc::too_large, "reading " + std::string(path) + ": larger than " +
                                        std::to_string(limit) + " bytes"};
    }
  }
}

/// Hands over the whole lines of `text` and keeps the rest.
void hand_over_lines(std::string& text, const std::function<void(std::string_view)>& sink) {
  std::string_view rest = text;
  for (std::size_t at = rest.find('\n'); at != std::string_view::npos; at = rest.find('\n')) {
    sink(rest.substr(0, at));
    rest.remove_prefix(at + 1);
  }
  text.erase(0, text.size() - rest.size());
}

}  // namespace

bool FileStatus::is_regular() const {
  return S_ISREG(mode);
}

bool FileStatus::is_directory() const {
  return S_ISDIR(mode);
}

bool FileStatus::is_symlink() const {
  return S_ISLNK(mode);
}

Root::Root(std::filesystem::path prefix)
    : prefix_(std::move(prefix)),
      reads_(std::make_shared<std::uint64_t>(0)),
      tables_(std::make_shared<const CapturedTables>()) {
  live_ = prefix_ == "/";
}

Root::Root(std::filesystem::path prefix, CapturedTables tables) : Root(std::move(prefix)) {
  live_ = false;
  tables_ = std::make_shared<const CapturedTables>(std::move(tables));
}

Root::Root(std::filesystem::path prefix, CapturedPaths captured, CapturedTables tables)
    : Root(std::move(prefix), std::move(tables)) {
  captured_ = std::make_shared<const CapturedPaths>(std::move(captured));
}

Root Root::recorded_by(std::shared_ptr<Recording> recording) const {
  Root copy = *this;
  copy.recording_ = std::move(recording);
  return copy;
}

Root Root::caching() const {
  Root copy = *this;
  copy.cache_ = std::make_shared<ReadCache>();
  return copy;
}

Root Root::following_kernel_log() const {
  Root copy = *this;
  copy.kernel_log_ = std::make_shared<KernelLogReader>();
  return copy;
}

Root Root::fresh() const {
  Root copy = *this;
  copy.cache_.reset();
  return copy;
}

/// What the capture knows already, with the words of a live read.
std::optional<Error> Root::refused(std::string_view path, Access access,
                                   std::string_view doing) const {
  if (captured_ == nullptr) return std::nullopt;
  const std::string what = std::string(doing) + " " + std::string(path);
  const auto& errors = access == Access::open ? captured_->unreadable : captured_->unreadable_links;
  if (const auto found = errors.find(path); found != errors.end()) {
    return errno_error(found->second, what);
  }
  if (captured_->absent.contains(path)) {
    Error error = errno_error(ENOENT, what);
    error.seen_absent = true;
    return error;
  }
  if (access == Access::open && captured_->unread.contains(path)) {
    return Error{Errc::not_found, what + ": the bundle does not have its content"};
  }
  return std::nullopt;
}

std::filesystem::path Root::at(std::string_view path) const {
  return prefix_ / std::filesystem::path(path).relative_path();
}

std::string Root::resolve(std::string_view path, LastLink last) const {
  if (live_) return path.starts_with('/') ? std::string(path) : at(path).string();
  const auto relative = std::filesystem::path(path).relative_path();
  std::deque<std::filesystem::path> pending(relative.begin(), relative.end());
  std::filesystem::path done;
  int links = 0;
  while (!pending.empty()) {
    const std::filesystem::path part = std::move(pending.front());
    pending.pop_front();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      done = done.parent_path();
      continue;
    }
    std::error_code no_link;
    const bool keep = pending.empty() && last == LastLink::keep;
    const auto target = keep ? std::filesystem::path()
                             : std::filesystem::read_symlink(prefix_ / done / part, no_link);
    if (keep || no_link) {
      done /= part;
      continue;
    }
    // Left to the kernel, one link more would lead out of the tree.
    if (++links > kMaxLinks) return {};
    if (target.is_absolute()) done.clear();
    const auto below = target.relative_path();
    pending.insert(pending.begin(), below.begin(), below.end());
  }
  return (prefix_ / done).string();
}

std::uint64_t Root::reads() const {
  return *reads_;
}

Result<std::string> Root::read_file(std::string_view path, std::size_t limit) const {
  ++*reads_;
  if (auto error = refused(path, Access::open, "opening")) return *error;
  const Descriptor file(open_for_reading(resolve(path, LastLink::follow)));
  if (file.get() < 0) return errno_error(errno, "opening " + std::string(path));
  return read_all(file.get(), path, limit);
}

Result<void> Root::scan_file(std::string_view path,
                             const std::function<void(std::string_view)>& sink) const {
  ++*reads_;
  if (auto error = refused(path, Access::open, "opening")) return *error;
  const Descriptor file(open_for_reading(resolve(path, LastLink::follow)));
  if (file.get() < 0) return errno_error(errno, "opening " + std::string(path));
  std::string pending;
  std::array<char, 65536> buffer{};
  while (true) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error(errno, "reading " + std::string(path));
    if (got == 0) break;
    if (pending.size() > buffer.size()) pending.resize(buffer.size());
    pending.append(buffer.data(), static_cast<std::size_t>(got));
    hand_over_lines(pending, sink);
  }
  if (!pending.empty()) sink(pending);
  return ok();
}

Result<std::string> Root::read_end(std::string_view path, std::size_t limit) const {
  ++*reads_;
  if (auto error = refused(path, Access::open, "opening")) return *error;
  const Descriptor file(open_for_reading(resolve(path, LastLink::follow)));
  if (file.get() < 0) return errno_error(errno, "opening " + std::string(path));
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return errno_error(errno, "reading " + std::string(path));
  if (!S_ISREG(status.st_mode)) {
    return Error{Errc::invalid, "reading " + std::string(path) + ": not a regular file"};
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  const std::size_t skipped = size > limit ? size - limit : 0;
  if (lseek(file.get(), static_cast<off_t>(skipped), SEEK_SET) < 0) {
    return errno_error(errno, "reading " + std::string(path));
  }
  // A file that grows while it is read is cut to what there was, not refused.
  auto tail = read_all(file.get(), path, limit + kReadLimit);
  if (tail && tail->size() > limit) return tail->substr(tail->size() - limit);
  return tail;
}

Result<std::string> Root::read_target(std::string_view path) const {
  if (captured_ != nullptr) {
    const auto link = captured_->links.find(path);
    if (link != captured_->links.end()) return link->second;
  }
  if (auto error = refused(path, Access::look, "reading the link")) return *error;
  std::array<char, 4097> buffer{};
  const ssize_t length =
      readlink(resolve(path, LastLink::keep).c_str(), buffer.data(), buffer.size() - 1);
  if (length < 0) return errno_error(errno, "reading the link " + std::string(path));
  return std::string(buffer.data(), static_cast<std::size_t>(length));
}

Result<std::vector<std::string>> Root::list_names(std::string_view path) const {
  if (auto error = refused(path, Access::open, "listing")) return *error;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(
      opendir(resolve(path, LastLink::follow).c_str()), closedir);
  if (directory == nullptr) return errno_error(errno, "listing " + std::string(path));
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = readdir(directory.get());
    if (entry == nullptr) break;
    const std::string_view name = static_cast<const char*>(entry->d_name);
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return errno_error(errno, "listing " + std::string(path));
  std::ranges::sort(names);
  return names;
}

Result<FileStatus> Root::look_at(std::string_view path) const {
  if (captured_ != nullptr && captured_->links.contains(path)) {
    return FileStatus{.mode = S_IFLNK | 0777U};
  }
  if (auto error = refused(path, Access::look, "looking at")) return *error;
  struct stat raw{};
  if (lstat(resolve(path, LastLink::keep).c_str(), &raw) != 0) {
    return errno_error(errno, "looking at " + std::string(path));
  }
  std::int64_t size = raw.st_size;
  if (captured_ != nullptr && captured_->unread.contains(path) && tables_->access) {
    size = captured_size(*tables_->access, path).value_or(size);
  }
  return FileStatus{.uid = raw.st_uid,
                    .gid = raw.st_gid,
                    .mode = raw.st_mode,
                    .inode = raw.st_ino,
                    .device = raw.st_dev,
                    .size = size,
                    .mtime = raw.st_mtim.tv_sec};
}

bool Root::is_there(std::string_view path) const {
  if (captured_ != nullptr && captured_->absent.contains(path)) return false;
  return access(resolve(path, LastLink::follow).c_str(), F_OK) == 0;
}

}  // namespace forkmend::host
