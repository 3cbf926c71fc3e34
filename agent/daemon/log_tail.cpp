// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/log_tail.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.hpp"

namespace forkmend::daemon {

namespace {

/// A server's own lines end at 1 KiB (LOG_MAX_LEN); Docker's records at 16 KiB and their frame.
constexpr std::size_t kLongestLine = std::size_t{32} << 10U;

/// How much of a log that ran away is still worth reading.
constexpr std::int64_t kKeptBehind = std::int64_t{256} << 10U;

FileId file_id_of(const struct stat& status) {
  return {.device = status.st_dev, .inode = status.st_ino};
}

Result<std::string> read_at(int file, std::int64_t offset, std::size_t most) {
  std::string text(most, '\0');
  while (true) {
    const ssize_t got = pread(file, text.data(), text.size(), offset);
    if (got >= 0) {
      text.resize(static_cast<std::size_t>(got));
      return text;
    }
    if (errno != EINTR) return errno_error(errno, "reading a server log");
  }
}

}  // namespace

Result<LogTail> LogTail::open(const std::string& path, Begin begin) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY));
  if (!file.is_open()) return errno_error(errno, "opening " + printable(path));
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return errno_error(errno, "looking at " + printable(path));
  if (!S_ISREG(status.st_mode)) return Error{Errc::invalid, printable(path) + " is no file"};
  const std::int64_t offset = begin == Begin::at_end ? status.st_size : 0;
  LogTail tail(std::move(file), file_id_of(status), offset);
  if (offset > 0) {
    const auto last = read_at(tail.file_.get(), offset - 1, 1);
    tail.mid_line_ = last && *last != "\n";
  }
  return tail;
}

Result<TailPart> LogTail::read() {
  struct stat status{};
  if (fstat(file_.get(), &status) != 0) return errno_error(errno, "looking at a server log");
  TailPart part;
  if (status.st_size < offset_) {
    offset_ = 0;
    part_of_line_.clear();
    mid_line_ = false;
  }
  if (status.st_size - offset_ > static_cast<std::int64_t>(kMostBehind)) {
    offset_ = status.st_size - kKeptBehind;
    part_of_line_.clear();
    mid_line_ = true;
    part.skipped = true;
  }
  auto text = read_at(file_.get(), offset_, kPart);
  if (!text) return text.error();
  offset_ += static_cast<std::int64_t>(text->size());
  part.more = text->size() == kPart;
  // Who does not append leaves a hole when the file is truncated under it.
  std::erase(*text, '\0');
  part_of_line_ += *text;
  const std::size_t end = part_of_line_.rfind('\n');
  if (end == std::string::npos) {
    if (part_of_line_.size() > kLongestLine) {
      part_of_line_.clear();
      mid_line_ = true;
    }
    return part;
  }
  part.text = part_of_line_.substr(0, end + 1);
  part_of_line_.erase(0, end + 1);
  if (std::exchange(mid_line_, false)) part.text.erase(0, part.text.find('\n') + 1);
  return part;
}

bool LogTail::is_at(const std::string& path) const {
  struct stat status{};
  return lstat(path.c_str(), &status) == 0 && file_id_of(status) == id_;
}

}  // namespace forkmend::daemon
