// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/swap_room.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "base/units.hpp"
#include "engine/save_children.hpp"
#include "host/counters.hpp"
#include "host/process_table.hpp"

namespace forkmend::engine {

namespace {

/// What stays free when the used pages have come back.
constexpr std::int64_t kMargin = std::int64_t{64} << 20;
/// Cgroups that are looked at; a host with more has none of them looked at for long.
constexpr std::size_t kMostCgroups = 4096;
constexpr int kDeepest = 12;

Result<void> check_host(const host::Root& root, const std::vector<host::SwapArea>& areas,
                        const host::SwapArea& ours) {
  const auto meminfo = host::read_meminfo(root);
  if (!meminfo) return meminfo.error();
  const auto available = host::find(*meminfo, "MemAvailable");
  if (!available) return Error{Errc::not_found, "MemAvailable is not known"};
  std::int64_t room = *available - kMargin;
  for (const host::SwapArea& area : areas) {
    if (area.path != ours.path) room += area.size - area.used;
  }
  if (ours.used <= room) return ok();
  return Error{Errc::busy, "the swap file stays in use: " + format_size(ours.used) +
                               " are swapped out to it, and only " +
                               format_size(std::max<std::int64_t>(room, 0)) +
                               " of memory and other swap could take them"};
}

/// What a cgroup of version 2, else of version 1, has swapped out beyond its room; nullopt: it
/// fits, or there is no limit.
std::optional<std::int64_t> lack_of(const host::Root& root, const std::string& directory) {
  const auto number = [&](const char* name) -> std::optional<std::int64_t> {
    const auto value = host::read_number(root, directory + "/" + name);
    return value ? std::optional(*value) : std::nullopt;
  };
  auto limit = number("memory.max");
  auto current = number("memory.current");
  auto swapped = number("memory.swap.current");
  if (!limit) {
    limit = number("memory.limit_in_bytes");
    current = number("memory.usage_in_bytes");
    const auto sum = number("memory.memsw.usage_in_bytes");
    if (sum && current) swapped = *sum - *current;
  }
  if (!limit || !current || !swapped || *limit == kUnlimited) return std::nullopt;
  const std::int64_t lack = *swapped - std::max<std::int64_t>(*limit - *current, 0);
  return lack > 0 ? std::optional(lack) : std::nullopt;
}

class CgroupWalk {
 public:
  explicit CgroupWalk(const host::Root& root) : root_(root) {}

  Result<void> check(const std::string& directory, int depth = 0) {
    if (depth > kDeepest || ++seen_ > kMostCgroups) return ok();
    if (const auto lack = lack_of(root_, directory)) {
      return Error{Errc::busy, "the swap file stays in use: " + printable(directory) +
                                   " has swapped out " + format_size(*lack) +
                                   " more than its memory limit has room for"};
    }
    const auto names = root_.list(directory);
    if (!names) return ok();
    for (const std::string& name : *names) {
      const std::string below = join(std::array{directory, name}, "/");
      const auto status = root_.status(below);
      if (!status || !status->is_directory()) continue;
      auto checked = check(below, depth + 1);
      if (!checked) return checked;
    }
    return ok();
  }

 private:
  const host::Root& root_;
  std::size_t seen_ = 0;
};

Result<void> check_cgroups(const host::Root& root) {
  const bool version_1 = root.exists("/sys/fs/cgroup/memory/memory.limit_in_bytes");
  return CgroupWalk(root).check(version_1 ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup");
}

Result<void> check_saves(const host::Root& root) {
  const auto table = host::process_table(root);
  if (!table) return table.error();
  const auto children = save_children(table->items());
  if (children.empty()) return ok();
  return Error{Errc::busy,
               "the swap file stays in use while a server saves: " + to_string(children.front())};
}

}  // namespace

Result<void> check_swap_room(const host::Root& root, const std::vector<host::SwapArea>& areas,
                             const host::SwapArea& ours) {
  if (ours.used == 0) return ok();
  auto checked = check_host(root, areas, ours);
  if (checked) checked = check_cgroups(root);
  if (checked) checked = check_saves(root);
  return checked;
}

}  // namespace forkmend::engine
