// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
//
// Two views must be brought together. /proc/PID/cgroup names a cgroup as seen from the root of
// *our* cgroup namespace ("/../x" lies outside of it); mountinfo says which part of the hierarchy
// is mounted where, as seen from the same root. The directory on this host is the mount point plus
// what is left of the path when the mounted part is taken away from its front.
#include "host/cgroup.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "host/process.hpp"

namespace forkmend::host {

namespace {

using Parts = std::vector<std::string_view>;

Parts parts_of(std::string_view path) {
  Parts parts = split(path, '/');
  std::erase_if(parts, [](std::string_view part) { return part.empty() || part == "."; });
  return parts;
}

/// What is left of a path below a directory; nullopt when it lies elsewhere.
std::optional<Parts> below(const Parts& path, const Parts& directory) {
  if (path.size() < directory.size()) return std::nullopt;
  if (!std::equal(directory.begin(), directory.end(), path.begin())) return std::nullopt;
  return Parts(path.begin() + static_cast<std::ptrdiff_t>(directory.size()), path.end());
}

struct Mounted {
  const Mount* mount = nullptr;
  Parts rest;  ///< of the path, below the mount point
};

/// Among several mounts of one hierarchy the one that shows most of it.
std::optional<Mounted> find_mount(const std::vector<const Mount*>& mounts, const Parts& path) {
  std::optional<Mounted> best;
  for (const Mount* mount : mounts) {
    auto rest = below(path, parts_of(mount->root));
    if (!rest || std::ranges::find(*rest, "..") != rest->end()) continue;
    if (!best || rest->size() > best->rest.size()) best = Mounted{mount, std::move(*rest)};
  }
  return best;
}

const CgroupMembership* membership_of(const std::vector<CgroupMembership>& memberships,
                                      std::string_view controller) {
  for (const CgroupMembership& membership : memberships) {
    const auto& names = membership.controllers;
    if (std::ranges::find(names, controller) != names.end()) return &membership;
  }
  return nullptr;
}

const CgroupMembership* unified(const std::vector<CgroupMembership>& memberships) {
  for (const CgroupMembership& membership : memberships) {
    if (membership.hierarchy == 0 && membership.controllers.empty()) return &membership;
  }
  return nullptr;
}

std::vector<const Mount*> mounts_of(const std::vector<Mount>& mounts, CgroupVersion version,
                                    std::string_view controller) {
  std::vector<const Mount*> found;
  for (const Mount& mount : mounts) {
    const bool v1 = mount.type == "cgroup" && has_option(mount.super_options, controller);
    const bool v2 = mount.type == "cgroup2";
    if (version == CgroupVersion::v1 ? v1 : v2) found.push_back(&mount);
  }
  return found;
}

bool in_initial_cgroup_namespace(const Root& root) {
  // Without the link (kernels before 4.6) there is only one cgroup namespace.
  const auto link = root.read_link("/proc/self/ns/cgroup");
  return !link || *link == "cgroup:[4026531835]";
}

/// The mount point is a level of its own unless it is the true root, which has no limits.
bool is_true_root(const Root& root, const Mount& mount, CgroupVersion version) {
  if (mount.root != "/") return false;
  if (version == CgroupVersion::v2) return !root.exists(mount.mount_point + "/cgroup.events");
  return in_initial_cgroup_namespace(root);
}

enum class Enabled { yes, no, unknown };

/// Version 2 only: a cgroup whose parent does not hand the controller down has none of its files,
/// and its processes are accounted for further up.
Enabled is_enabled(const Root& root, const std::string& directory, std::string_view controller) {
  const auto text = root.read(directory + "/cgroup.controllers");
  if (!text) return Enabled::unknown;
  const auto names = split_blanks(*text);
  return std::ranges::find(names, controller) != names.end() ? Enabled::yes : Enabled::no;
}

std::vector<std::string> levels_of(const Root& root, const Mounted& mounted, CgroupVersion version,
                                   std::string_view controller) {
  std::vector<std::string> levels;
  std::string directory = mounted.mount->mount_point;
  if (!is_true_root(root, *mounted.mount, version)) levels.push_back(directory);
  for (const std::string_view part : mounted.rest) {
    directory.append("/").append(part);
    levels.push_back(directory);
  }
  std::ranges::reverse(levels);
  if (version == CgroupVersion::v2) {
    std::erase_if(levels, [&](const std::string& level) {
      return is_enabled(root, level, controller) == Enabled::no;
    });
  }
  return levels;
}

/// In version 2 a controller may be built out, or bound to a version 1 hierarchy instead.
bool is_built_out(const Root& root, const std::vector<const Mount*>& mounts,
                  std::string_view controller) {
  return std::ranges::all_of(mounts, [&](const Mount* mount) {
    return is_enabled(root, mount->mount_point, controller) == Enabled::no;
  });
}

}  // namespace

std::vector<CgroupMembership> parse_cgroup(std::string_view text) {
  std::vector<CgroupMembership> memberships;
  for (const std::string_view line : lines_of(text)) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first == std::string_view::npos ? first : first + 1);
    if (second == std::string_view::npos) continue;
    const auto hierarchy = parse_integer(line.substr(0, first));
    if (!hierarchy) continue;
    CgroupMembership membership{.hierarchy = *hierarchy,
                                .path = std::string(line.substr(second + 1))};
    const std::string_view names = line.substr(first + 1, second - first - 1);
    for (const std::string_view name : split(names, ',')) {
      if (!name.empty()) membership.controllers.emplace_back(name);
    }
    memberships.push_back(std::move(membership));
  }
  return memberships;
}

Result<std::vector<CgroupMembership>> read_cgroup(const Root& root, std::int64_t pid) {
  auto text = root.read(proc_path(pid, "cgroup"));
  if (!text) return text.error();
  return parse_cgroup(*text);
}

Result<CgroupPlace> place_of(const Root& root, const std::vector<CgroupMembership>& memberships,
                             const std::vector<Mount>& mounts, std::string_view controller) {
  const CgroupMembership* membership = membership_of(memberships, controller);
  const CgroupVersion version = membership != nullptr ? CgroupVersion::v1 : CgroupVersion::v2;
  if (membership == nullptr) membership = unified(memberships);
  if (membership == nullptr) {
    return Error{Errc::not_found, "no " + std::string(controller) + " controller"};
  }
  const auto candidates = mounts_of(mounts, version, controller);
  if (candidates.empty()) {
    return Error{Errc::not_found, "the " + std::string(controller) + " controller is not mounted"};
  }
  if (version == CgroupVersion::v2 && is_built_out(root, candidates, controller)) {
    return Error{Errc::not_found, "no " + std::string(controller) + " controller"};
  }
  const auto mounted = find_mount(candidates, parts_of(membership->path));
  if (!mounted) {
    return Error{Errc::permission_denied, "the cgroup " + printable(membership->path, 200) +
                                              " lies outside of what we see below " +
                                              candidates.front()->mount_point};
  }
  return CgroupPlace{version, membership->path, levels_of(root, *mounted, version, controller)};
}

Result<CgroupPlace> find_cgroup(const Root& root, std::int64_t pid, std::string_view controller) {
  auto memberships = read_cgroup(root, pid);
  if (!memberships) return memberships.error();
  auto mounts = read_mountinfo(root, "self");
  if (!mounts) return mounts.error();
  return place_of(root, *memberships, *mounts, controller);
}

namespace {

std::optional<std::string> unit_in(std::string_view path) {
  Parts parts = parts_of(path);
  std::ranges::reverse(parts);
  for (std::string_view part : parts) {
    if (!part.ends_with(".service") && !part.ends_with(".scope")) continue;
    // systemd puts "_" before names that would clash with files of the kernel (cg_escape).
    if (part.starts_with('_')) part.remove_prefix(1);
    return std::string(part);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> systemd_unit(const std::vector<CgroupMembership>& memberships) {
  if (const auto* own = membership_of(memberships, "name=systemd")) {
    if (auto unit = unit_in(own->path)) return unit;
  }
  if (const auto* own = unified(memberships)) return unit_in(own->path);
  return std::nullopt;
}

}  // namespace forkmend::host
