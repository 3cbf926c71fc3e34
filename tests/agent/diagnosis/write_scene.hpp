// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <string_view>

#include "scene.hpp"

namespace forkmend::diagnosis {

inline std::string child_line(std::string_view message) {
  return "4711:C 25 Nov 2026 03:09:58.120 # " + std::string(message);
}
inline constexpr std::string_view kSavingError =
    "812:M 25 Nov 2026 03:09:58.220 # Background saving error";

/// A server in /var/lib/redis, where nothing is in the way of a save.
inline Scene writable_scene() {
  Scene scene;
  for (const std::string prefix : {"instance.dir.", "instance.aof_dir."}) {
    scene.set(prefix + "path", std::string("/var/lib/redis"))
        .set(prefix + "host_path", std::string("/var/lib/redis"))
        .set(prefix + "exists", true)
        .set(prefix + "filesystem", std::string("ext4"))
        .set(prefix + "device", std::string("sda1"))
        .set(prefix + "quota", false)
        .set(prefix + "mount_read_only", false)
        .set(prefix + "filesystem_read_only", false)
        .set(prefix + "available_bytes", 50 * kGiB)
        .set(prefix + "total_bytes", 100 * kGiB)
        .set(prefix + "available_inodes", std::int64_t{5'000'000})
        .set(prefix + "total_inodes", std::int64_t{6'000'000})
        .set(prefix + "writable", true)
        .set(prefix + "immutable", false);
  }
  scene.set("instance.dir.deleted", false)
      .set("instance.dir.sticky", false)
      .set("instance.dir.target_mount", false)
      .set("instance.dir.target_type", std::string("regular"))
      .set("instance.dir.target_size", 1 * kGiB)
      .set("instance.dir.stale_temp_files", std::int64_t{0})
      .set("instance.dir.stale_temp_bytes", std::int64_t{0})
      .set("instance.dir.configured", std::string("/var/lib/redis"))
      .set("instance.dir.configured_name", std::string("dump.rdb"))
      .set("instance.fsize_limit", kUnlimited)
      .set("instance.mac_confined", false)
      .set("instance.uid", std::int64_t{999})
      .set("instance.unit", std::string("redis-server.service"))
      .set("redis.used_memory_dataset", 1 * kGiB)
      .set("redis.config.dbfilename", std::string("dump.rdb"));
  return scene;
}

/// ... whose child failed with this line.
inline Scene write_fails(std::string_view message) {
  Scene scene = writable_scene();
  scene.save_fails().log(child_line(message)).log(kSavingError);
  return scene;
}

inline Scene open_fails(std::string_view error) {
  return write_fails(
      "Failed opening the temp RDB file temp-4711.rdb (in server root dir "
      "/var/lib/redis) for saving: " +
      std::string(error));
}

inline Scene rename_fails(std::string_view error) {
  return write_fails(
      "Error moving temp DB file temp-4711.rdb on the final destination dump.rdb "
      "(in server root dir /var/lib/redis): " +
      std::string(error));
}

/// The first cause when it is the only proven or likely one, else all of them.
inline std::string verdict_of(const Diagnosis& diagnosis) {
  std::string all;
  for (const Cause& cause : diagnosis.causes) {
    if (cause.confidence == Confidence::possible && !all.empty()) continue;
    if (!all.empty()) all += ", ";
    all += cause.id + " " + std::string(to_string(cause.confidence));
  }
  return all;
}

}  // namespace forkmend::diagnosis
