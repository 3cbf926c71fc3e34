// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/recording.hpp"

#include <cerrno>
#include <utility>

namespace forkmend::host {

namespace {

bool is_absence(const Error& error) {
  return error.sys_errno == ENOENT || error.sys_errno == ESRCH;
}

void take_open_error(RecordedPath& seen, const Error& error) {
  if (is_absence(error)) {
    seen.absent = true;
  } else {
    seen.open_error = error.sys_errno;
  }
}

void take_look_error(RecordedPath& seen, const Error& error) {
  if (is_absence(error)) {
    seen.absent = true;
  } else if (error.sys_errno != EINVAL) {
    seen.look_error = error.sys_errno;
  }
}

}  // namespace

RecordedPath& Recording::entry(std::string_view path) {
  return paths_[std::filesystem::path(path).lexically_normal().string()];
}

void Recording::read(std::string_view path, const Result<std::string>& result) {
  RecordedPath& seen = entry(path);
  if (result) {
    if (!seen.content) seen.content = *result;
  } else {
    take_open_error(seen, result.error());
  }
}

void Recording::read_tail(std::string_view path, std::size_t limit,
                          const Result<std::string>& result) {
  RecordedPath& seen = entry(path);
  if (result) {
    seen.tail = *result;
    seen.tail_is_whole = result->size() < limit;
  } else {
    take_open_error(seen, result.error());
  }
}

void Recording::read_link(std::string_view path, const Result<std::string>& result) {
  RecordedPath& seen = entry(path);
  if (result) {
    seen.link = *result;
  } else {
    take_look_error(seen, result.error());
  }
}

void Recording::list(std::string_view path, const Result<std::vector<std::string>>& result) {
  RecordedPath& seen = entry(path);
  if (result) {
    seen.names = *result;
  } else {
    take_open_error(seen, result.error());
  }
}

void Recording::status(std::string_view path, const Result<FileStatus>& result) {
  RecordedPath& seen = entry(path);
  if (result) {
    seen.status = *result;
  } else {
    take_look_error(seen, result.error());
  }
}

void Recording::exists(std::string_view path, bool there) {
  RecordedPath& seen = entry(path);
  seen.there = seen.there || there;
  seen.absent = seen.absent || !there;
}

void Recording::filesystem(std::string_view path, const Result<FilesystemStatus>& result) {
  filesystems_.try_emplace(std::string(path), result);
}

void Recording::attributes(std::string_view path, const Result<FileAttributes>& result) {
  attributes_.try_emplace(std::string(path), result);
}

void Recording::mapping(const Result<bool>& result) {
  if (result && !mapping_admitted_) mapping_admitted_ = *result;
}

}  // namespace forkmend::host
