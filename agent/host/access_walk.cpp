// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/access_walk.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace forkmend::host {

namespace {

/// capability.h
constexpr unsigned kCapDacOverride = 1;
constexpr unsigned kCapFowner = 3;

constexpr std::uint32_t kWrite = 2;
constexpr std::uint32_t kSearch = 1;

bool in_group(const FileRights& rights, std::uint32_t gid) {
  return rights.gid == gid || std::ranges::find(rights.groups, gid) != rights.groups.end();
}

/// "drwxr-x---"
std::string mode_text(std::uint32_t mode) {
  constexpr std::string_view kLetters = "rwxrwxrwx";
  std::string text = "d";
  for (std::size_t i = 0; i < kLetters.size(); ++i) {
    const bool set = ((mode >> (kLetters.size() - 1 - i)) & 1U) != 0;
    text += set ? kLetters[i] : '-';
  }
  if ((mode & S_ISVTX) != 0) text.back() = (mode & S_IXOTH) != 0 ? 't' : 'T';
  return text;
}

std::string describe(const PathComponent& component, const FileRights& rights,
                     std::string_view lacking) {
  const FileAttributes& file = component.attributes;
  return component.path + " is " + mode_text(file.mode) + " of uid " + std::to_string(file.uid) +
         " and gid " + std::to_string(file.gid) + ": uid " + std::to_string(rights.uid) +
         " with gid " + std::to_string(rights.gid) + " " + std::string(lacking);
}

Access permission(const FileAttributes& file, const FileRights& rights, std::uint32_t wanted) {
  std::uint32_t bits = file.mode & 7U;
  const bool owner = rights.uid == file.uid;
  if (owner) {
    bits = (file.mode >> 6U) & 7U;
  } else if (in_group(rights, file.gid)) {
    bits = (file.mode >> 3U) & 7U;
  }
  if (!owner && file.acl.value_or(false) && !rights.dac_override) return Access::unknown;
  if ((bits & wanted) == wanted) return Access::allowed;
  if (!rights.dac_override) return Access::denied;
  return rights.initial_user_namespace ? Access::allowed : Access::unknown;
}

}  // namespace

std::optional<FileRights> file_rights(const ProcessStatus& status, bool initial_user_namespace) {
  if (!status.filesystem_uid || !status.filesystem_gid || !status.cap_effective) {
    return std::nullopt;
  }
  const auto holds = [&](unsigned bit) { return ((*status.cap_effective >> bit) & 1U) != 0; };
  return FileRights{.uid = *status.filesystem_uid,
                    .gid = *status.filesystem_gid,
                    .groups = status.groups,
                    .dac_override = holds(kCapDacOverride),
                    .fowner = holds(kCapFowner),
                    .initial_user_namespace = initial_user_namespace};
}

WalkVerdict walk_for_writing(const std::vector<PathComponent>& components,
                             const FileRights& rights) {
  WalkVerdict verdict{.access = Access::allowed,
                      .component = {},
                      .says = "uid " + std::to_string(rights.uid) +
                              " may search every directory "
                              "on the way and write into the last."};
  for (std::size_t i = 0; i < components.size(); ++i) {
    const PathComponent& component = components[i];
    const bool last = i + 1 == components.size();
    const std::uint32_t wanted = last ? kWrite | kSearch : kSearch;
    Access access = permission(component.attributes, rights, wanted);
    if (last && component.attributes.writable) {
      access = *component.attributes.writable ? Access::allowed : Access::denied;
    }
    if (access == Access::allowed) continue;
    const std::string_view lacking =
        access == Access::unknown
            ? std::string_view(
                  "may or may not get through: an access list or a user namespace "
                  "decides.")
            : (last ? std::string_view("may not make files there.")
                    : std::string_view("may not pass through it."));
    const WalkVerdict found{access, component.path, describe(component, rights, lacking)};
    if (access == Access::denied) return found;
    if (verdict.access == Access::allowed) verdict = found;
  }
  return verdict;
}

bool sticky_forbids(const FileAttributes& directory, const FileAttributes& file,
                    const FileRights& rights) {
  if ((directory.mode & S_ISVTX) == 0) return false;
  return rights.uid != file.uid && rights.uid != directory.uid && !rights.fowner;
}

}  // namespace forkmend::host
