// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/unit_memory_cut.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"
#include "engine/memory_cut.hpp"
#include "host/unit_file.hpp"

namespace forkmend::engine {

namespace {

constexpr std::string_view kUnitFiles = "/etc/systemd/system/";
constexpr std::string_view kKey = "MemoryMax";
/// Version 2, where systemd uses memory.max; mounted alone or beside version 1.
constexpr auto kHierarchies =
    std::to_array<std::string_view>({"/sys/fs/cgroup", "/sys/fs/cgroup/unified"});
/// system.slice/a.slice/a-b.slice/redis.service: deeper ones are of a user's own systemd.
constexpr int kDeepestUnit = 6;

/// "redis.service" of ".../system/redis.service.d/50-forkmend.conf"; empty: no drop-in.
std::string unit_of_drop_in(std::string_view path) {
  if (!path.starts_with(kUnitFiles)) return {};
  const std::string_view directory =
      path.substr(kUnitFiles.size(), path.rfind('/') - kUnitFiles.size());
  constexpr std::string_view kEnd = ".d";
  if (!directory.ends_with(kEnd) || directory.find('/') != std::string_view::npos) return {};
  return std::string(directory.substr(0, directory.size() - kEnd.size()));
}

bool is_slice(std::string_view name) {
  return name.ends_with(".slice");
}

std::string_view section_of(std::string_view unit) {
  return is_slice(unit) ? "Slice" : "Service";
}

/// What the drop-in itself says.
std::optional<std::string> set_by(std::string_view content, std::string_view unit,
                                  const std::string& path) {
  auto setting = host::unit_setting_in(content, path, section_of(unit), kKey);
  return setting ? std::optional(std::move(setting->value)) : std::nullopt;
}

/// Where that unit lies below a directory; empty: nowhere.
std::string find_unit(const host::Root& root, const std::string& directory, std::string_view unit,
                      int depth) {
  const auto names = root.list(directory);
  if (!names || depth == 0) return {};
  for (const std::string& name : *names) {
    std::string path = directory;
    path.append("/").append(name);
    if (name == unit) return path;
    if (!is_slice(name)) continue;
    if (auto found = find_unit(root, path, unit, depth - 1); !found.empty()) return found;
  }
  return {};
}

/// What the other files of the unit say; empty: nothing, so that there is no limit.
Result<std::string> set_elsewhere(const host::Root& root, const std::string& unit,
                                  const std::string& path) {
  const auto setting = host::unit_setting(root, unit, section_of(unit), kKey, path);
  // A slice needs no file of its own.
  if (!setting && setting.error().code == Errc::not_found) return std::string();
  if (!setting) return setting.error();
  return *setting ? (*setting)->value : std::string();
}

/// "2G" and "1048576", as systemd reads them: base 1024. nullopt: a share of the host, or not
/// known.
std::optional<std::int64_t> bytes_of(std::string_view value) {
  std::int64_t factor = 1;
  constexpr std::string_view kSuffixes = "KMGT";
  if (!value.empty()) {
    const auto power = kSuffixes.find(value.back());
    if (power != std::string_view::npos) {
      factor = std::int64_t{1} << (10 * (power + 1));
      value.remove_suffix(1);
    } else if (value.back() == 'B') {
      value.remove_suffix(1);
    }
  }
  const auto number = parse_integer(value);
  constexpr std::int64_t kMost = std::int64_t{1} << 20U;
  if (!number || *number < 0 || (factor > 1 && *number > kMost)) return std::nullopt;
  return *number * factor;
}

}  // namespace

Result<void> check_unit_memory_cut(const host::Root& root, const std::string& path,
                                   const std::optional<std::string>& content) {
  const std::string unit = unit_of_drop_in(path);
  if (unit.empty()) return ok();
  const auto now = root.read(path);
  if (!now || !set_by(*now, unit, path)) return ok();
  std::string wanted;
  if (const auto ours = content ? set_by(*content, unit, path) : std::nullopt) {
    wanted = *ours;
  } else {
    auto others = set_elsewhere(root, unit, path);
    if (!others) return others.error().during("finding out what MemoryMax would be without it");
    wanted = std::move(*others);
  }
  if (wanted.empty() || wanted == "infinity") return ok();
  for (const std::string_view hierarchy : kHierarchies) {
    const std::string cgroup = find_unit(root, std::string(hierarchy), unit, kDeepestUnit);
    const std::string limit = cgroup + "/memory.max";
    if (cgroup.empty() || !root.exists(limit)) continue;
    const auto bytes = bytes_of(wanted);
    if (!bytes) {
      return Error{Errc::busy, printable(unit) + " would have MemoryMax=" + printable(wanted) +
                                   ", and whether it uses less cannot be told"};
    }
    return check_memory_cut(root, limit, std::to_string(*bytes));
  }
  return ok();  // the unit does not run, or on version 1, which answers EBUSY itself
}

}  // namespace forkmend::engine
