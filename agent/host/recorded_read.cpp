// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The public reads of a Root: each does the read, or remembers it, and, for a recorded Root, writes
// down what it gave.
#include "host/read_cache.hpp"
#include "host/recording.hpp"
#include "host/root.hpp"

namespace forkmend::host {

Result<std::string> Root::read(std::string_view path, std::size_t limit) const {
  const auto ask = [&] { return read_file(path, limit); };
  // An answer within another bound is another answer.
  const bool usual = cache_ != nullptr && limit == kReadLimit;
  auto result = usual ? ReadCache::recall(cache_->contents, path, ask) : ask();
  if (recording_ != nullptr) recording_->read(path, result);
  return result;
}

Result<void> Root::scan(std::string_view path,
                        const std::function<void(std::string_view)>& sink) const {
  if (recording_ == nullptr) return scan_file(path, sink);
  std::string content;
  const auto result = scan_file(path, [&](std::string_view line) {
    content.append(line).append("\n");
    sink(line);
  });
  recording_->read(path, result ? Result<std::string>(content) : result.error());
  return result;
}

Result<std::string> Root::read_tail(std::string_view path, std::size_t limit) const {
  auto result = read_end(path, limit);
  if (recording_ != nullptr) recording_->read_tail(path, limit, result);
  return result;
}

Result<std::string> Root::read_link(std::string_view path) const {
  const auto ask = [&] { return read_target(path); };
  auto result = cache_ != nullptr ? ReadCache::recall(cache_->links, path, ask) : ask();
  if (recording_ != nullptr) recording_->read_link(path, result);
  return result;
}

Result<std::vector<std::string>> Root::list(std::string_view path) const {
  const auto ask = [&] { return list_names(path); };
  auto result = cache_ != nullptr ? ReadCache::recall(cache_->names, path, ask) : ask();
  if (recording_ != nullptr) recording_->list(path, result);
  return result;
}

Result<FileStatus> Root::status(std::string_view path) const {
  const auto ask = [&] { return look_at(path); };
  auto result = cache_ != nullptr ? ReadCache::recall(cache_->statuses, path, ask) : ask();
  if (recording_ != nullptr) recording_->status(path, result);
  return result;
}

bool Root::exists(std::string_view path) const {
  const bool there = is_there(path);
  if (recording_ != nullptr) recording_->exists(path, there);
  return there;
}

Result<FilesystemStatus> Root::filesystem(std::string_view path) const {
  auto result = ask_filesystem(path);
  if (recording_ != nullptr) recording_->filesystem(path, result);
  return result;
}

Result<FileAttributes> Root::attributes(std::string_view path) const {
  auto result = ask_attributes(path);
  if (recording_ != nullptr) recording_->attributes(path, result);
  return result;
}

Result<bool> Root::admits_mapping(std::int64_t bytes) const {
  auto result = ask_mapping(bytes);
  if (recording_ != nullptr) recording_->mapping(result);
  return result;
}

}  // namespace forkmend::host
