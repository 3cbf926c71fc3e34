// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/filesystem.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "host/root.hpp"
#include "host/saturate.hpp"

namespace forkmend::host {

namespace {

struct Magic {
  std::uint64_t number;
  std::string_view name;
};

/// include/uapi/linux/magic.h
constexpr auto kMagics = std::to_array<Magic>({{0xEF53, "ext4"},
                                               {0x58465342, "xfs"},
                                               {0x9123683E, "btrfs"},
                                               {0x2FC12FC1, "zfs"},
                                               {0xF2F52010, "f2fs"},
                                               {0x01021994, "tmpfs"},
                                               {0x794C7630, "overlay"},
                                               {0x6969, "nfs"},
                                               {0xFF534D42, "cifs"},
                                               {0xFE534D42, "smb3"},
                                               {0x65735546, "fuse"},
                                               {0x01021997, "9p"},
                                               {0x00C36400, "ceph"},
                                               {0x4D44, "vfat"}});

std::string name_of(std::uint64_t magic) {
  const auto* found = std::ranges::find(kMagics, magic, &Magic::number);
  if (found != kMagics.end()) return std::string(found->name);
  std::array<char, 16> digits{};
  const auto [end, failure] =
      std::to_chars(digits.data(), digits.data() + digits.size(), magic, 16);
  return "0x" + std::string(digits.data(), end);
}

std::int64_t clamped(std::uint64_t value) {
  return value > INT64_MAX ? INT64_MAX : static_cast<std::int64_t>(value);
}

std::optional<bool> attribute(const struct statx& raw, std::uint64_t bit) {
  if ((raw.stx_attributes_mask & bit) == 0) return std::nullopt;
  return (raw.stx_attributes & bit) != 0;
}

std::optional<bool> has_access_list(const std::filesystem::path& path) {
  const ssize_t size = lgetxattr(path.c_str(), "system.posix_acl_access", nullptr, 0);
  if (size >= 0) return size > 0;
  if (errno == ENODATA || errno == EOPNOTSUPP) return false;
  return std::nullopt;
}

}  // namespace

std::int64_t FilesystemStatus::total_bytes() const {
  return saturating_multiply(blocks, block_size);
}

std::int64_t FilesystemStatus::available_bytes() const {
  return saturating_multiply(available_blocks, block_size);
}

Error filesystem_error(int error_number, std::string_view path) {
  return errno_error(error_number, "asking for the file system of " + std::string(path));
}

Error attributes_error(int error_number, std::string_view path) {
  return errno_error(error_number, "looking at " + std::string(path));
}

Result<FilesystemStatus> Root::ask_filesystem(std::string_view path) const {
  if (!live_) {
    if (!tables_->statvfs) return Error{Errc::not_found, "there is no statvfs.toml"};
    return captured_filesystem(*tables_->statvfs, path);
  }
  struct statvfs status{};
  struct statfs kind{};
  const std::filesystem::path place = resolve(path, LastLink::follow);
  const auto asked = [&] {
    return statvfs(place.c_str(), &status) == 0 && statfs(place.c_str(), &kind) == 0;
  };
  while (!asked()) {
    if (errno != EINTR) return filesystem_error(errno, path);
  }
  return FilesystemStatus{.block_size = clamped(status.f_frsize),
                          .blocks = clamped(status.f_blocks),
                          .available_blocks = clamped(status.f_bavail),
                          .files = clamped(status.f_files),
                          .available_files = clamped(status.f_favail),
                          .type = name_of(static_cast<std::uint32_t>(kind.f_type)),
                          .read_only = (status.f_flag & ST_RDONLY) != 0};
}

Result<FileAttributes> Root::ask_attributes(std::string_view path) const {
  if (!live_) {
    if (!tables_->access) return Error{Errc::not_found, "there is no access.toml"};
    return captured_attributes(*tables_->access, path);
  }
  const std::filesystem::path place = resolve(path, LastLink::keep);
  struct statx raw{};
  constexpr unsigned kWanted = STATX_MODE | STATX_TYPE | STATX_UID | STATX_GID;
  if (statx(AT_FDCWD, place.c_str(), AT_SYMLINK_NOFOLLOW, kWanted, &raw) != 0) {
    return attributes_error(errno, path);
  }
  return FileAttributes{.uid = raw.stx_uid,
                        .gid = raw.stx_gid,
                        .mode = raw.stx_mode,
                        .immutable = attribute(raw, STATX_ATTR_IMMUTABLE),
                        .append_only = attribute(raw, STATX_ATTR_APPEND),
                        .acl = has_access_list(place),
                        .writable = {}};
}

}  // namespace forkmend::host
