// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <string>

#include "base/descriptor.hpp"
#include "base/result.hpp"

namespace forkmend::daemon {

/// Which file an open one is.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool operator==(const FileId&) const = default;
};

/// What a log has got since the last reading.
struct TailPart {
  std::string text;      ///< whole lines, with their ends
  bool more = false;     ///< there is more: read again
  bool skipped = false;  ///< it grew faster than anybody reads: the older part was passed over
};

/// The growing end of one file. Holds the file open, so that what is written to a renamed one is
/// still read. Nothing here waits.
class LogTail {
 public:
  enum class Begin { at_start, at_end };

  /// At most so much is taken by one read(), and so much is left of what is too much.
  static constexpr std::size_t kPart = std::size_t{64} << 10U;
  static constexpr std::size_t kMostBehind = std::size_t{1} << 20U;

  /// `path` is one of ours. Errors: not_found, permission_denied, invalid (no regular file; a
  /// symbolic link, as a path of a container was resolved before).
  [[nodiscard]] static Result<LogTail> open(const std::string& path, Begin begin);

  /// What was appended since. A file that got shorter was truncated (copytruncate), and is read
  /// from its start. Errors: io.
  [[nodiscard]] Result<TailPart> read();

  [[nodiscard]] FileId id() const { return id_; }
  /// Whether that name means this file at this moment.
  [[nodiscard]] bool is_at(const std::string& path) const;

 private:
  LogTail(Descriptor file, FileId id, std::int64_t offset)
      : file_(std::move(file)), id_(id), offset_(offset) {}

  Descriptor file_;
  FileId id_;
  std::int64_t offset_ = 0;
  std::string part_of_line_;
  bool mid_line_ = false;  ///< what comes first is the rest of a line that nobody has seen
};

}  // namespace forkmend::daemon
