// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/swap_place.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "base/units.hpp"
#include "host/kernel_release.hpp"
#include "remediations/gate.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::array<std::string_view, 6> kDirectories = {"/var/lib", "/var",  "/opt",
                                                          "/srv",     "/home", "/mnt"};
constexpr std::array<std::string_view, 4> kNames = {"swap.forkmend", "swap2.forkmend",
                                                    "swap3.forkmend", "swap4.forkmend"};
/// What stays free on a disk that nothing is known of.
constexpr std::int64_t kSpare = std::int64_t{256} << 20;
constexpr std::uint32_t kWritableByOthers = 0022;

struct FileSystemWord {
  std::string_view type;
  std::string_view because;
};

/// swapon(2): setup_swap_extents() and claim_swapfile() of mm/swapfile.c need a file system that
/// maps the file's blocks once and for all.
constexpr auto kUnsuitable = std::to_array<FileSystemWord>({
    {"btrfs",
     "a swap file on btrfs must not be copied on write, and as long as it is in use its subvolume "
     "takes no snapshot, balance or resize; a person who accepts that can run: btrfs filesystem "
     "mkswapfile (btrfs-progs 6.1)"},
    {"overlay",
     "overlay, the file system of containers, takes no swap file; use a path of the host"},
    {"tmpfs", "tmpfs is memory itself"},
    {"ramfs", "ramfs is memory itself"},
    {"zfs", "zfs takes no swap file, and a zvol as swap can deadlock when memory is short"},
    {"ext2", "ext2 can only allocate a file by writing it; a person can use dd"},
    {"ext3", "ext3 can only allocate a file by writing it; a person can use dd"},
    {"vfat", "vfat can only allocate a file by writing it; a person can use dd"},
    {"exfat", "exfat can only allocate a file by writing it; a person can use dd"},
    {"nfs", "swap over a network file system needs memory to free memory"},
    {"nfs4", "swap over a network file system needs memory to free memory"},
    {"cifs", "swap over a network file system needs memory to free memory"},
    {"smb3", "swap over a network file system needs memory to free memory"},
});

std::string path_in(std::string_view directory, std::string_view name) {
  return std::string(directory) + "/" + std::string(name);
}

std::optional<std::string> device_of_saves(const PlanInput& input) {
  const auto pid = input.facts.integer("instance.pid");
  const auto directory = input.facts.text("instance.dir.path");
  if (!pid || !directory) return std::nullopt;
  const auto mounts = host::read_mountinfo(input.root, std::to_string(*pid));
  if (!mounts) return std::nullopt;
  const host::Mount* mount = host::mount_of(*mounts, *directory);
  return mount != nullptr ? std::optional(mount->device) : std::nullopt;
}

/// "sda" of ".../block/sda/sda3", and "sda3" itself.
std::string part_from_end(std::string_view path, std::size_t place) {
  const auto parts = split(path, '/');
  return parts.size() > place ? std::string(parts[parts.size() - 1 - place]) : std::string();
}

using Disks = std::set<std::string>;
constexpr int kMostLayers = 8;

/// Adds the disks that a block device lies on: the one of a partition, all below a logical volume
/// or a RAID. False: not known.
// NOLINTNEXTLINE(misc-no-recursion)
bool add_disks(const host::Root& root, const std::string& name, int layer, Disks& disks) {
  const std::string device = "/sys/class/block/" + name;
  const auto target = root.read_link(device);
  if (!target || layer > kMostLayers || name.starts_with("loop")) return false;
  if (root.exists(device + "/partition")) {
    return add_disks(root, part_from_end(*target, 1), layer + 1, disks);
  }
  const auto below = root.list(device + "/slaves");
  if (!below && below.error().code != Errc::not_found) return false;
  if (!below || below->empty()) {
    disks.insert(name);
    return true;
  }
  return std::ranges::all_of(
      *below, [&](const std::string& one) { return add_disks(root, one, layer + 1, disks); });
}

std::optional<Disks> disks_of(const host::Root& root, const std::string& device) {
  const auto target = root.read_link("/sys/dev/block/" + device);
  Disks disks;
  if (!target || !add_disks(root, part_from_end(*target, 0), 0, disks)) return std::nullopt;
  return disks;
}

/// Partitions and volumes of one disk are one disk; so is what nobody can tell apart.
bool share_a_disk(const host::Root& root, const std::string& one, const std::string& other) {
  if (one == other) return true;
  const auto first = disks_of(root, one);
  const auto second = disks_of(root, other);
  if (!first || !second) return true;
  return std::ranges::any_of(*first, [&](const auto& disk) { return second->contains(disk); });
}

/// What has to stay free: two saves where they are written to the same disk. nullopt: not known.
std::optional<std::int64_t> to_spare(const PlanInput& input, bool on_save_disk) {
  const bool any_saves = input.facts.find("instance.endpoint") != nullptr;
  if (!on_save_disk || !any_saves) return kSpare;
  const auto& estimate = input.forecast.disk.estimate;
  if (!estimate || estimate->likely > INT64_MAX / 4) return std::nullopt;
  return kSpare + 2 * estimate->likely;
}

std::optional<std::string> why_no_room(const PlanInput& input, const std::string& directory,
                                       bool on_save_disk, std::int64_t bytes) {
  const auto status = input.root.filesystem(directory);
  if (!status) return status.error().message;
  const auto spare = to_spare(input, on_save_disk);
  if (!spare) return "it is not known how large a save is that has to fit beside it";
  const std::int64_t available = status->available_bytes();
  if (available - *spare >= bytes) return std::nullopt;
  return "a file of " + format_size(bytes) + " does not fit into " + format_size(available) +
         " where " + format_size(*spare) + " have to stay free" +
         (on_save_disk ? " (two saves are written there)" : "");
}

/// Nobody but root may put another file in its place.
std::optional<std::string> why_untrusted(const PlanInput& input, const std::string& directory) {
  const auto status = input.root.status(directory);
  if (!status) return status.error().message;
  if (!status->is_directory()) return "it is a link or no directory";
  const bool trusted = status->uid == 0 && (status->mode & kWritableByOthers) == 0;
  if (input.root.live() && !trusted) return "others than root can change the directory";
  return std::nullopt;
}

struct Search {
  const PlanInput& input;
  std::vector<host::Mount> mounts;
  std::optional<std::string> save_device;
  std::string kernel;
  std::int64_t bytes = 0;

  [[nodiscard]] bool on_save_disk(const host::Mount& mount) const {
    // Where saves go is not known: then it may be here.
    return !save_device || share_a_disk(input.root, *save_device, mount.device);
  }

  [[nodiscard]] std::variant<SwapPlace, Refusal> look_at(const std::string& path) const {
    const std::string directory = path.substr(0, path.rfind('/'));
    const std::string where = "no swap file in " + printable(directory) + ": ";
    const host::Mount* mount = host::mount_of(mounts, directory);
    if (mount == nullptr) return Refusal{where + "its file system is not known"};
    auto because = why_no_swap_file(*mount, kernel);
    if (!because) because = why_untrusted(input, directory);
    if (!because) because = why_no_room(input, directory, on_save_disk(*mount), bytes);
    if (because) return Refusal{where + *because};
    return SwapPlace{path, on_save_disk(*mount)};
  }
};

/// A name that nothing has yet.
std::optional<std::string> free_path(const host::Root& root, std::string_view directory) {
  for (const std::string_view name : kNames) {
    std::string path = path_in(directory, name);
    const auto status = root.status(path);
    if (!status && status.error().code == Errc::not_found) return path;
  }
  return std::nullopt;
}

std::variant<SwapPlace, Refusal> look_around(const Search& search) {
  std::optional<SwapPlace> second;
  std::optional<Refusal> first_refusal;
  for (const std::string_view directory : kDirectories) {
    if (!search.input.root.exists(directory)) continue;
    const auto path = free_path(search.input.root, directory);
    if (!path) continue;
    auto found = search.look_at(*path);
    if (auto* refusal = std::get_if<Refusal>(&found)) {
      if (!first_refusal) first_refusal = std::move(*refusal);
      continue;
    }
    auto& place = std::get<SwapPlace>(found);
    if (!place.on_save_disk) return std::move(place);
    if (!second) second = std::move(place);
  }
  if (second) return *std::move(second);
  if (first_refusal) return *std::move(first_refusal);
  return Refusal{"there is no directory for a swap file; name its path in the policy"};
}

std::optional<std::string> why_bad_path(const host::Root& root, const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  const bool absolute = path.starts_with('/') && path.rfind('/') != 0;
  if (!absolute || name.find("forkmend") == std::string::npos || name.starts_with('.')) {
    return printable(path) +
           " is no path for the swap file: a full path whose last part has \"forkmend\" in it";
  }
  const auto status = root.status(path);
  if (status) return printable(path) + " exists already";
  if (status.error().code != Errc::not_found) return status.error().message;
  return std::nullopt;
}

}  // namespace

std::optional<std::string> why_no_swap_file(const host::Mount& mount,
                                            std::string_view kernel_release) {
  if (mount.type.starts_with("fuse")) return std::string("a FUSE file system takes no swap file");
  const auto* word = std::ranges::find(kUnsuitable, mount.type, &FileSystemWord::type);
  if (word != kUnsuitable.end()) return std::string(word->because);
  if (mount.type == "xfs") {
    const auto kernel = host::parse_kernel_release(kernel_release);
    if (!kernel || !kernel->at_least(4, 18)) {
      return std::string(
          "xfs takes an allocated swap file from Linux 4.18 on; a person can use dd");
    }
  } else if (mount.type != "ext4" && mount.type != "f2fs") {
    return "it is not known whether " + printable(mount.type) + " takes a swap file";
  }
  const bool read_only =
      host::has_option(mount.options, "ro") || host::has_option(mount.super_options, "ro");
  return read_only ? std::optional<std::string>("it is mounted read-only") : std::nullopt;
}

std::variant<SwapPlace, Refusal> choose_swap_place(const PlanInput& input,
                                                   const std::optional<std::string>& named,
                                                   std::int64_t bytes) {
  auto mounts = host::read_mountinfo(input.root, "self");
  if (!mounts) return Refusal{mounts.error().message};
  const Search search{.input = input,
                      .mounts = *std::move(mounts),
                      .save_device = device_of_saves(input),
                      .kernel = input.facts.text("host.kernel_release").value_or(""),
                      .bytes = bytes};
  if (!named) return look_around(search);
  if (auto because = why_bad_path(input.root, *named)) return Refusal{*because};
  return search.look_at(*named);
}

}  // namespace forkmend::remediations
