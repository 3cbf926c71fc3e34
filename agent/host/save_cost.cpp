// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/save_cost.hpp"

#include <string_view>

#include "host/cgroup_facts.hpp"
#include "host/counters.hpp"
#include "host/fact_writer.hpp"
#include "host/process.hpp"

namespace forkmend::host {

FactSet memory_facts(const Root& root, std::int64_t pid) {
  constexpr std::string_view kFile = "/proc/meminfo";
  FactSet facts;
  FactWriter writer(root.live() ? TreeKind::live : TreeKind::captured, facts);
  const auto meminfo = read_meminfo(root);
  writer.put_line("host.mem_free", meminfo, kFile, "MemFree");
  writer.put_line("host.mem_available", meminfo, kFile, "MemAvailable", FactState::not_applicable);
  writer.put_line("host.swap_free", meminfo, kFile, "SwapFree");
  put_cgroup_facts(writer, root, pid);
  return facts;
}

Result<std::int64_t> read_private_dirty(const Root& root, std::int64_t pid) {
  const std::string path = proc_path(pid, "smaps_rollup");
  const auto text = root.read(path);
  if (!text) return text.error();
  // The same "Name:   123 kB" lines.
  const auto bytes = find(parse_meminfo(*text), "Private_Dirty");
  if (!bytes) return Error{Errc::parse, path + ": expected a line \"Private_Dirty:   123 kB\""};
  return *bytes;
}

}  // namespace forkmend::host
