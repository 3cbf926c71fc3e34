// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// All that was seen of one path. What was not asked for stays empty.
struct RecordedPath {
  std::optional<std::string> content;
  std::optional<std::string> tail;  ///< the largest end of the file that was read
  bool tail_is_whole = false;       ///< nothing of the file stands before it
  std::optional<std::string> link;
  std::optional<std::vector<std::string>> names;
  std::optional<FileStatus> status;
  bool there = false;   ///< it exists
  bool absent = false;  ///< ENOENT or ESRCH
  int open_error = 0;   ///< errno of opening, reading or listing
  int look_error = 0;   ///< errno of readlink or lstat; EINVAL (no link) is left out
};

/// What was read through a Root, path by path. Of several reads of one file the first one counts,
/// so that what a plan reads again does not change what the diagnosis saw; of a log's ends the
/// last.
class Recording {
 public:
  void read(std::string_view path, const Result<std::string>& result);
  void read_tail(std::string_view path, std::size_t limit, const Result<std::string>& result);
  void read_link(std::string_view path, const Result<std::string>& result);
  void list(std::string_view path, const Result<std::vector<std::string>>& result);
  void status(std::string_view path, const Result<FileStatus>& result);
  void exists(std::string_view path, bool there);
  void filesystem(std::string_view path, const Result<FilesystemStatus>& result);
  void attributes(std::string_view path, const Result<FileAttributes>& result);
  void mapping(const Result<bool>& result);

  [[nodiscard]] const std::map<std::string, RecordedPath, std::less<>>& paths() const {
    return paths_;
  }
  [[nodiscard]] const FilesystemTable& filesystems() const { return filesystems_; }
  [[nodiscard]] const AttributesTable& all_attributes() const { return attributes_; }
  [[nodiscard]] std::optional<bool> mapping_admitted() const { return mapping_admitted_; }

 private:
  RecordedPath& entry(std::string_view path);
  std::map<std::string, RecordedPath, std::less<>> paths_;
  FilesystemTable filesystems_;
  AttributesTable attributes_;
  std::optional<bool> mapping_admitted_;
};

}  // namespace forkmend::host
