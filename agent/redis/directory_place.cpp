// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/directory_place.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "host/access_walk.hpp"
#include "host/process.hpp"
#include "host/system.hpp"

namespace forkmend::redis {

namespace {

using host::Root;

/// "/data" and "/data/aof" for "/data/aof" from "/data": servers name their files relative to the
/// working directory, so that the kernel asks nothing of what lies above it.
std::vector<std::string> components_of(const std::string& path, const std::string& from) {
  std::vector<std::string> all = {from};
  if (!path.starts_with(from) || path == from) return {path};
  std::size_t at = from == "/" ? 0 : from.size();
  while (at < path.size()) {
    at = std::min(path.find('/', at + 1), path.size());
    all.push_back(path.substr(0, at));
  }
  return all;
}

bool is_kind_with_unseen_quota(std::string_view type) {
  constexpr auto kTypes = std::to_array<std::string_view>(
      {"nfs", "nfs4", "cifs", "smb3", "zfs", "btrfs", "ceph", "overlay", "lustre", "gpfs"});
  return std::ranges::find(kTypes, type) != kTypes.end() || type.starts_with("fuse");
}

bool has_quota(const host::Mount& mount) {
  const auto options = split(mount.super_options, ',');
  const bool named = std::ranges::any_of(options, [](std::string_view option) {
    return option != "noquota" && option.find("quota") != std::string_view::npos;
  });
  return named || is_kind_with_unseen_quota(mount.type);
}

/// "254:0" -> "dm-0".
Result<std::string> device_name(const Root& root, const host::Mount& mount) {
  const auto link = root.read_link("/sys/dev/block/" + mount.device);
  if (!link) return Error{Errc::unsupported, "no block device " + mount.device};
  return link->substr(link->rfind('/') + 1);
}

void put_mount(const DirectoryPlace& place, const Result<std::vector<host::Mount>>& mounts) {
  constexpr auto kFacts = std::to_array<std::string_view>(
      {"filesystem", "mount_read_only", "filesystem_read_only", "quota", "device"});
  const std::string source = host::proc_path(place.pid, "mountinfo");
  const host::Mount* mount = mounts ? host::mount_of(*mounts, place.path) : nullptr;
  if (mount == nullptr) {
    const Error error =
        mounts ? Error{Errc::parse, "no mount holds " + place.path} : mounts.error();
    for (const std::string_view fact : kFacts) place.miss(fact, error, source);
    return;
  }
  const std::string at = source + " " + printable(mount->mount_point);
  place.put("filesystem", printable(mount->type, 60), at);
  place.put("mount_read_only", host::has_option(mount->options, "ro"), at);
  place.put("filesystem_read_only", host::has_option(mount->super_options, "ro"), at);
  place.put("quota", has_quota(*mount), at);
  place.writer.put_result(place.name("device"), device_name(place.root, *mount), at);
}

void put_room(const DirectoryPlace& place) {
  const std::string source = "statvfs " + printable(place.host_path());
  const auto status = place.root.filesystem(place.host_path());
  if (!status) {
    for (const std::string_view fact :
         {"available_bytes", "total_bytes", "available_inodes", "total_inodes"}) {
      place.miss(fact, status.error(), source);
    }
    return;
  }
  place.put("available_bytes", status->available_bytes(), source);
  place.put("total_bytes", status->total_bytes(), source);
  place.put("available_inodes", status->available_files, source);
  place.put("total_inodes", status->files, source);
}

Result<std::vector<host::PathComponent>> read_components(const DirectoryPlace& place) {
  std::vector<host::PathComponent> components;
  for (std::string& path : components_of(place.path, place.working_directory)) {
    // A link that stands for a directory is followed: "/proc/812/root/.".
    auto attributes = place.root.attributes(path == "/" && !place.base.empty() ? place.base + "/."
                                                                               : place.base + path);
    if (!attributes) return attributes.error();
    components.push_back({std::move(path), *attributes});
  }
  return components;
}

Result<host::FileRights> read_rights(const Root& root, std::int64_t pid) {
  const auto status = host::read_status(root, pid);
  if (!status) return status.error();
  const auto initial = host::in_initial_user_namespace(root, std::to_string(pid));
  auto rights = host::file_rights(*status, initial ? *initial : false);
  if (!rights) return Error{Errc::parse, "status lacks Uid, Gid or CapEff"};
  return *rights;
}

/// Immutable or append-only, as far as it is known.
std::optional<bool> is_locked(const host::FileAttributes& file) {
  if (file.immutable == true || file.append_only == true) return true;
  return file.immutable && file.append_only ? std::optional(false) : std::nullopt;
}

void put_walk(const DirectoryPlace& place, const std::vector<host::PathComponent>& components,
              const Result<host::FileRights>& rights) {
  const std::string source = "owner and mode of " + printable(place.path);
  if (!rights) {
    place.miss("writable", rights.error(), source);
    place.miss("denied_by", rights.error(), source);
    return;
  }
  const host::WalkVerdict walk = host::walk_for_writing(components, *rights);
  if (walk.access == host::Access::unknown) {
    place.writer.miss(place.name("writable"), FactState::unknown, source, walk.says);
  } else {
    place.put("writable", walk.access == host::Access::allowed, source);
  }
  if (walk.access == host::Access::denied) {
    place.put("denied_by", printable(walk.says), source);
  } else {
    place.writer.miss(place.name("denied_by"), FactState::not_applicable, source, walk.says);
  }
}

void put_lock(const DirectoryPlace& place, const host::FileAttributes& directory,
              const SaveTarget* target) {
  std::string source = "attributes of " + printable(place.path);
  std::optional<bool> locked = is_locked(directory);
  if (target != nullptr && target->attributes && locked != true) {
    const auto file = is_locked(*target->attributes);
    if (file == true) source = "attributes of " + printable(target->path);
    if (file == true || !file) locked = file;
  }
  place.writer.put_optional(place.name("immutable"), locked, source, FactState::unknown,
                            "this file system does not tell");
}

void put_access(const DirectoryPlace& place, const SaveTarget* target) {
  const auto components = read_components(place);
  const auto rights = read_rights(place.root, place.pid);
  if (!components) {
    for (const std::string_view fact : {"writable", "denied_by", "immutable"}) {
      place.miss(fact, components.error(), "attributes of " + printable(place.path));
    }
    if (target != nullptr) place.miss("sticky", components.error(), "the directory's mode");
    return;
  }
  put_walk(place, *components, rights);
  put_lock(place, components->back().attributes, target);
  if (target == nullptr) return;
  const std::string source = "owner and mode of " + printable(target->path);
  if (target->attributes && rights) {
    place.put("sticky",
              host::sticky_forbids(components->back().attributes, *target->attributes, *rights),
              source);
  } else if (target->attributes.has_error() && target->attributes.error().code == Errc::not_found) {
    place.put("sticky", false, source);
  } else {
    place.miss("sticky", rights ? target->attributes.error() : rights.error(), source);
  }
}

}  // namespace

void put_place(const DirectoryPlace& place, const Result<std::vector<host::Mount>>& mounts,
               const SaveTarget* target) {
  const auto status = place.root.status(place.host_path() + "/.");
  const std::string source = printable(place.host_path());
  place.put("path", printable(place.path), source);
  place.put("host_path", printable(place.host_path()), source);
  if (!status && status.error().code != Errc::not_found) {
    place.miss("exists", status.error(), source);
  } else {
    place.put("exists", status && status->is_directory(), source);
  }
  put_mount(place, mounts);
  put_room(place);
  put_access(place, target);
}

}  // namespace forkmend::redis
