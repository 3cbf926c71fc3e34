// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/trust.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <deque>
#include <filesystem>

#include "base/descriptor.hpp"
#include "base/text.hpp"

namespace forkmend::policy {

namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;

std::string octal(std::uint32_t mode) {
  std::array<char, 16> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04o", mode & 07777U);
  return buffer.data();
}

PathOwner owner_of(std::string path, const struct stat& status) {
  return {std::move(path), status.st_uid, status.st_mode, status.st_dev, status.st_ino};
}

void prepend(std::deque<std::string>& todo, const fs::path& path) {
  std::vector<std::string> names;
  for (const fs::path& part : path.relative_path()) names.push_back(part.string());
  todo.insert(todo.begin(), names.begin(), names.end());
}

Result<std::string> read_all(int fd, std::size_t limit) {
  std::string content;
  std::array<char, 16384> buffer{};
  while (true) {
    const ssize_t count = read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error(errno, "cannot be read");
    if (count == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(count));
    if (content.size() > limit) {
      return Error{Errc::too_large, "is larger than " + std::to_string(limit) + " bytes"};
    }
  }
}

Result<void> check_way(const std::string& path, const struct stat& opened) {
  const auto way = walk_path(path);
  if (!way) return way.error();
  if (const auto why = why_untrusted(*way)) return Error{Errc::permission_denied, *why};
  const PathOwner& last = way->back();
  if (last.device == opened.st_dev && last.inode == opened.st_ino) return ok();
  return Error{Errc::changed, "was replaced while it was being opened"};
}

}  // namespace

Result<std::vector<PathOwner>> walk_path(std::string_view path) {
  std::error_code failure;
  const fs::path start = fs::absolute(fs::path(path), failure);
  if (failure) return errno_error(failure.value(), "cannot be located");
  std::vector<PathOwner> way;
  std::deque<std::string> todo;
  prepend(todo, start);
  todo.emplace_front("");  // the root directory itself
  fs::path at = "/";
  int links = 0;
  while (!todo.empty()) {
    const std::string name = std::move(todo.front());
    todo.pop_front();
    if (name == ".") continue;
    // What is above a directory has been seen on the way down.
    if (name == "..") {
      at = at.parent_path();
      continue;
    }
    const fs::path next = name.empty() ? at : at / name;
    struct stat status{};
    if (lstat(next.c_str(), &status) != 0) return errno_error(errno, next.string());
    way.push_back(owner_of(next.string(), status));
    if (!S_ISLNK(status.st_mode)) {
      at = next;
      continue;
    }
    const fs::path target = fs::read_symlink(next, failure);
    if (failure) return errno_error(failure.value(), next.string());
    if (++links > kMostLinks) return errno_error(ELOOP, next.string());
    if (target.is_absolute()) at = "/";
    prepend(todo, target);
  }
  return way;
}

std::optional<std::string> why_untrusted(std::span<const PathOwner> way) {
  for (const PathOwner& step : way) {
    const bool last = &step == &way.back();
    const std::string what =
        last ? "cannot be trusted: it"
             : "cannot be trusted: " + printable(step.path) + ", which leads to it,";
    if (step.uid != 0) return what + " belongs to uid " + std::to_string(step.uid);
    const bool link = S_ISLNK(step.mode);
    const bool sticky = S_ISDIR(step.mode) && (step.mode & S_ISVTX) != 0;
    const bool writable = (step.mode & (S_IWGRP | S_IWOTH)) != 0;
    if (link || sticky || !writable) continue;
    const bool others = (step.mode & S_IWOTH) != 0;
    return what + " can be written by " + (others ? "everybody" : "its group") + " (mode " +
           octal(step.mode) + ")";
  }
  return std::nullopt;
}

Result<std::string> read_trusted(const std::string& path, std::size_t limit, TrustCheck check) {
  // O_NONBLOCK: opening a FIFO must not wait for its writer.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (file.get() < 0) return errno_error(errno, "cannot be read");
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return errno_error(errno, "cannot be read");
  if (!S_ISREG(status.st_mode)) return Error{Errc::invalid, "is not a regular file"};
  const bool as_root = check == TrustCheck::as_root && geteuid() == 0;
  if (as_root || check == TrustCheck::always) {
    if (const auto trusted = check_way(path, status); !trusted) return trusted.error();
  }
  return read_all(file.get(), limit);
}

}  // namespace forkmend::policy
