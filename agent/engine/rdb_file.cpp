// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/rdb_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/descriptor.hpp"
#include "base/text.hpp"

namespace forkmend::engine {

namespace {

constexpr std::size_t kMagicBytes = 9;
constexpr std::size_t kEndBytes = 9;
constexpr char kEofOpcode = '\xFF';

Result<std::string> read_piece(int descriptor, std::int64_t offset, std::size_t size) {
  std::string piece(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got = pread(descriptor, piece.data() + have, size - have,
                              static_cast<off_t>(offset) + static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error(errno, "reading the file");
    if (got == 0) return Error{Errc::changed, "the file got shorter while it was read"};
    have += static_cast<std::size_t>(got);
  }
  return piece;
}

/// "REDIS" or "VALKEY" and a version in digits.
std::string known_magic(std::string_view head) {
  for (const std::string_view name : {"REDIS", "VALKEY"}) {
    if (!head.starts_with(name)) continue;
    const std::string_view digits = head.substr(name.size());
    const bool all = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    if (all) return std::string(head);
  }
  return {};
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
}

Result<std::string> name_of(const FactSet& facts, std::string_view parameter) {
  const auto name = facts.text("redis.config." + std::string(parameter));
  if (!name) return Error{Errc::not_found, std::string(parameter) + " is not known"};
  if (!is_plain_name(*name)) {
    return Error{Errc::invalid,
                 std::string(parameter) + " \"" + printable(*name) + "\" is no plain file name"};
  }
  return *name;
}

Result<std::int64_t> pid_of(const FactSet& facts) {
  const auto pid = facts.integer("instance.pid");
  if (!pid) return Error{Errc::not_found, "the server's process is not known"};
  return *pid;
}

}  // namespace

Result<RdbLook> look_at_rdb(const host::Root& root, std::string_view path) {
  const Descriptor file(
      open(root.at(path).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) return errno_error(errno, "opening " + std::string(path));
  struct stat status = {};
  if (fstat(file.get(), &status) != 0) return errno_error(errno, "looking at " + std::string(path));
  if (!S_ISREG(status.st_mode)) {
    return Error{Errc::invalid, std::string(path) + " is not a regular file"};
  }
  RdbLook look{.size = static_cast<std::int64_t>(status.st_size), .magic = {}, .has_end = false};
  if (look.size < kSmallestRdb) return look;
  auto head = read_piece(file.get(), 0, kMagicBytes);
  if (!head) return head.error();
  auto end = read_piece(file.get(), look.size - static_cast<std::int64_t>(kEndBytes), kEndBytes);
  if (!end) return end.error();
  look.magic = known_magic(*head);
  look.has_end = end->front() == kEofOpcode;
  return look;
}

Result<SavedFile> file_at(const host::Root& root, const std::string& directory,
                          const std::string& name) {
  std::string path = directory + "/" + name;
  auto status = root.status(path);
  if (!status) return status.error();
  return SavedFile{.name = name,
                   .path = std::move(path),
                   .inode = status->inode,
                   .device = status->device,
                   .size = status->size,
                   .mtime = status->mtime};
}

std::string server_directory(std::int64_t pid) {
  return "/proc/" + std::to_string(pid) + "/cwd";
}

Result<SavedFile> snapshot_file(const host::Root& root, const FactSet& facts) {
  auto pid = pid_of(facts);
  if (!pid) return pid.error();
  auto name = name_of(facts, "dbfilename");
  if (!name) return name.error();
  return file_at(root, server_directory(*pid), *name);
}

Result<SavedFile> aof_base_file(const host::Root& root, const FactSet& facts) {
  auto pid = pid_of(facts);
  if (!pid) return pid.error();
  auto name = name_of(facts, "appendfilename");
  if (!name) return name.error();
  const Fact* directory = facts.find("redis.config.appenddirname");
  if (directory != nullptr && directory->state == FactState::not_applicable) {
    return file_at(root, server_directory(*pid), *name);
  }
  auto below = name_of(facts, "appenddirname");
  if (!below) return below.error();
  const std::string where = server_directory(*pid) + "/" + *below;
  auto manifest = root.read(where + "/" + *name + ".manifest");
  if (!manifest) return manifest.error();
  const auto base = base_of_manifest(*manifest);
  if (!base) return Error{Errc::not_found, "the AOF manifest names no base file"};
  if (!is_plain_name(*base)) return Error{Errc::invalid, "the AOF manifest names a path"};
  return file_at(root, where, *base);
}

std::optional<std::string> base_of_manifest(std::string_view manifest) {
  for (const std::string_view line : lines_of(manifest)) {
    const auto words = split_blanks(line);
    std::string name;
    bool is_base = false;
    for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
      if (words[i] == "file") name = std::string(words[i + 1]);
      if (words[i] == "type") is_base = words[i + 1] == "b";
    }
    if (is_base && !name.empty()) return name;
  }
  return std::nullopt;
}

}  // namespace forkmend::engine
