// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "directory_files.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "base/text.hpp"
#include "host/captured_size.hpp"
#include "host/mountinfo.hpp"

namespace forkmend::testing {

namespace {

using Values = std::map<std::string, std::string>;

constexpr std::int64_t kMib = 1 << 20;
constexpr std::int64_t kBlock = 4096;

std::string text_or(const Values& values, const std::string& name, std::string_view otherwise) {
  const auto found = values.find(name);
  return found != values.end() ? found->second : std::string(otherwise);
}

std::int64_t number_or(const Values& values, const std::string& name, std::int64_t otherwise) {
  const auto found = values.find(name);
  if (found == values.end()) return otherwise;
  const auto parsed = parse_integer(found->second);
  if (!parsed) throw std::runtime_error(name + ": \"" + found->second + "\" is no number");
  return *parsed;
}

/// As chmod has it: "0750".
std::uint32_t mode(const Values& values, const std::string& name, std::uint32_t otherwise) {
  const auto found = values.find(name);
  return found != values.end() ? static_cast<std::uint32_t>(std::stoul(found->second, nullptr, 8))
                               : otherwise;
}

std::optional<bool> flag(const Values& values, const std::string& name) {
  const auto found = values.find(name);
  if (found == values.end()) return false;
  if (found->second == "unknown") return std::nullopt;
  return found->second == "yes";
}

/// The mount that holds the directory, and the usual ones.
std::string mountinfo(const HostFiles& host) {
  const Values& f = host.filesystem;
  const std::string mount = text_or(f, "mount", "/");
  const std::string line = text_or(f, "device", "254:0") + " / " + mount + " " +
                           text_or(f, "options", "rw,relatime") + " - " +
                           text_or(f, "type", "ext4") + " " + text_or(f, "source", "/dev/vda") +
                           " " + text_or(f, "super_options", "rw") + "\n";
  std::string all = "22 27 0:21 / /proc rw,nosuid,relatime shared:5 - proc proc rw\n";
  if (mount == "/") {
    all += "27 1 " + line;
  } else {
    all += "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n40 27 " + line;
  }
  return all + text_or(f, "more_mounts", "");
}

host::FilesystemStatus room(const HostFiles& host) {
  const Values& f = host.filesystem;
  const bool read_only = host::has_option(text_or(f, "options", ""), "ro") ||
                         host::has_option(text_or(f, "super_options", ""), "ro");
  return {.block_size = kBlock,
          .blocks = number_or(f, "total", 100'000) * (kMib / kBlock),
          .available_blocks = number_or(f, "available", 40'000) * (kMib / kBlock),
          .files = number_or(f, "inodes", 6'000'000),
          .available_files = number_or(f, "free_inodes", 5'000'000),
          .type = text_or(f, "type", "ext4"),
          .read_only = read_only};
}

host::FileAttributes owner(const HostFiles& host, const std::string& of, std::uint32_t rights) {
  const Values& a = host.access;
  const std::int64_t uid = number_or(host.process, "uid", 999);
  return {.uid = static_cast<std::uint32_t>(number_or(a, of + "_uid", uid)),
          .gid = static_cast<std::uint32_t>(number_or(a, of + "_gid", uid)),
          .mode = mode(a, of + "_mode", rights),
          .immutable = flag(a, of + "_immutable"),
          .append_only = flag(a, of + "_append_only"),
          .acl = flag(a, of + "_acl"),
          .writable = {}};
}

/// The tables while they are filled.
struct Tables {
  host::FilesystemTable rooms;
  host::AttributesTable owners;
  host::SizeTable sizes;
};

void put_unread(HostFiles& host, Tables& tables, const std::string& path, std::int64_t mib) {
  host.files[path] = "";
  host.paths.unread.insert(path);
  tables.sizes[path] = mib * kMib;
}

void put_saved_file(HostFiles& host, Tables& tables, const std::string& path) {
  const std::string kind = text_or(host.directory, "file", "regular");
  if (kind == "missing") {
    host.paths.absent.insert(path);
    tables.owners.emplace(path, host::attributes_error(ENOENT, path));
    return;
  }
  tables.owners.emplace(path, owner(host, "file", 0100660));
  if (kind == "directory") {
    host.directories.insert(path);
  } else {
    put_unread(host, tables, path, number_or(host.directory, "file_size", 1900));
  }
}

void put_append_only(HostFiles& host, Tables& tables, const std::string& dir,
                     const Values& config) {
  const std::string name = text_or(config, "appenddirname", "");
  if (name.empty() || text_or(config, "appendonly", "no") != "yes") return;
  const std::string path = dir + "/" + name;
  host.directories.insert(path);
  tables.rooms.emplace(path, room(host));
  tables.owners.emplace(path, owner(host, "aof_dir", 040750));
}

void put_tables(HostFiles& host, const Tables& tables) {
  host.statvfs = host::to_statvfs_toml(tables.rooms);
  host.access_toml = host::to_access_toml(tables.owners, tables.sizes);
}

}  // namespace

void put_directory(HostFiles& host, Values& config) {
  const std::string dir = text_or(host.directory, "path", "/var/lib/redis");
  config.try_emplace("dir", dir);
  host.files.try_emplace("/proc/812/mountinfo", mountinfo(host));
  host.files.try_emplace("/sys/dev/block/254:0", "-> ../../devices/virtual/block/vda");
  const bool stands = host.files.try_emplace("/proc/812/cwd", "-> " + dir).second;
  Tables tables;
  if (stands && text_or(host.directory, "exists", "yes") == "yes") {
    host.directories.insert(dir);
    tables.rooms.emplace(dir, room(host));
    tables.owners.emplace(dir, owner(host, "dir", 040750));
    put_saved_file(host, tables, dir + "/" + text_or(config, "dbfilename", "dump.rdb"));
    put_append_only(host, tables, dir, config);
    for (const auto& [name, mib] : host.temp_files) {
      std::string file = dir;
      file.append("/").append(name);
      put_unread(host, tables, file, number_or(host.temp_files, name, 0));
    }
  }
  put_tables(host, tables);
}

}  // namespace forkmend::testing
