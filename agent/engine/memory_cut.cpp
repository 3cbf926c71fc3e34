// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/memory_cut.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/text.hpp"
#include "base/units.hpp"
#include "engine/save_children.hpp"
#include "host/cgroup.hpp"
#include "host/counters.hpp"
#include "host/process_table.hpp"

namespace forkmend::engine {

namespace {

constexpr std::string_view kLimitV2 = "/memory.max";
constexpr std::string_view kLimitV1 = "/memory.limit_in_bytes";
/// Of the new limit, for what is taken between this look and the write.
constexpr std::int64_t kMargin = 20;

/// What the kernel cannot get back without killing: all but clean pages of files. Shared memory
/// counts as anonymous there, and slab may be reclaimable by name only.
Result<std::int64_t> kept_in_use(const host::Root& root, const std::string& cgroup) {
  const auto current = host::read_number(root, cgroup + "/memory.current");
  if (!current) return current.error();
  const auto stat = host::read_counters(root, cgroup + "/memory.stat");
  if (!stat) return stat.error();
  const auto of = [&stat](std::string_view name) { return host::find(*stat, name).value_or(0); };
  const std::int64_t files = of("inactive_file") + of("active_file");
  const std::int64_t clean = files - of("file_dirty") - of("file_writeback");
  return *current - std::clamp<std::int64_t>(clean, 0, *current);
}

bool lies_in(const host::Root& root, const SaveChild& child, const std::string& cgroup) {
  const auto place = host::find_cgroup(root, child.pid, "memory");
  if (!place) return place.error().code != Errc::not_found;  // it has ended meanwhile
  return std::ranges::find(place->levels, cgroup) != place->levels.end();
}

Result<void> check_no_save(const host::Root& root, const std::string& cgroup) {
  const auto table = host::process_table(root);
  if (!table) return table.error();
  for (const SaveChild& child : save_children(table->items())) {
    if (!lies_in(root, child, cgroup)) continue;
    return Error{Errc::busy, to_string(child) + " is saving in " + printable(cgroup) +
                                 ": a lower limit might kill it; try again when it has ended"};
  }
  return ok();
}

}  // namespace

Result<void> check_memory_cut(const host::Root& root, const std::string& path,
                              const std::string& value) {
  const bool version_2 = path.ends_with(kLimitV2);
  if (!version_2 && !path.ends_with(kLimitV1)) return ok();
  const auto wanted = parse_integer(value);
  const auto now = host::read_number(root, path);
  if (!wanted || *wanted < 0) return ok();
  if (!now) return now.error().during("finding out whether a lower limit would kill");
  if (*wanted >= *now) return ok();
  const std::string cgroup = path.substr(0, path.rfind('/'));
  auto free_of_saves = check_no_save(root, cgroup);
  if (!free_of_saves || !version_2) return free_of_saves;
  const auto used = kept_in_use(root, cgroup);
  if (!used) return used.error().during("finding out whether a lower limit would kill");
  if (*used <= *wanted - *wanted / kMargin) return ok();
  return Error{Errc::busy, printable(cgroup) + " uses " + format_size(*used) +
                               " that cannot be reclaimed: a limit of " + format_size(*wanted) +
                               " would make the kernel kill in it; try again when it uses less"};
}

}  // namespace forkmend::engine
