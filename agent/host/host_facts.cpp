// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <charconv>
#include <string>

#include "base/text.hpp"
#include "host/beancounters.hpp"
#include "host/counters.hpp"
#include "host/fact_writer.hpp"
#include "host/facts.hpp"
#include "host/mountinfo.hpp"
#include "host/overcommit.hpp"
#include "host/persisted_facts.hpp"
#include "host/pressure.hpp"
#include "host/read_cache.hpp"
#include "host/saturate.hpp"
#include "host/sysctl.hpp"
#include "host/system.hpp"
#include "host/thp.hpp"
#include "host/zoneinfo.hpp"

namespace forkmend::host {

namespace {

constexpr std::string_view kMeminfo = "/proc/meminfo";
constexpr std::string_view kVmstat = "/proc/vmstat";

/// In an LXC container lxcfs may lie over a file of /proc, with numbers of the container that no
/// rule of the kernel looks at. Errors: Errc::invalid, naming the file.
Result<void> check_genuine(const Root& root, std::string_view path) {
  const auto mounts = read_mountinfo(root, "self");
  const Mount* mount = mounts ? mount_of(*mounts, path) : nullptr;
  if (mount == nullptr || mount->type != "fuse.lxcfs") return ok();
  return Error{Errc::invalid, "lxcfs shows a made-up " + std::string(path) +
                                  "; the kernel's own is on the container's host"};
}

void put_sysctl(FactWriter& writer, const Root& root, std::string_view name, std::string_view key) {
  writer.put_result(name, read_sysctl_integer(root, key), key);
}

void put_sysctls(FactWriter& writer, const Root& root) {
  put_sysctl(writer, root, "host.overcommit_memory", "vm.overcommit_memory");
  put_sysctl(writer, root, "host.overcommit_ratio", "vm.overcommit_ratio");
  put_sysctl(writer, root, "host.overcommit_kbytes", "vm.overcommit_kbytes");
  put_sysctl(writer, root, "host.admin_reserve_kbytes", "vm.admin_reserve_kbytes");
  put_sysctl(writer, root, "host.user_reserve_kbytes", "vm.user_reserve_kbytes");
  put_sysctl(writer, root, "host.oom_kill_allocating_task", "vm.oom_kill_allocating_task");
  put_sysctl(writer, root, "host.panic_on_oom", "vm.panic_on_oom");
  put_sysctl(writer, root, "host.max_map_count", "vm.max_map_count");
  put_sysctl(writer, root, "host.pid_max", "kernel.pid_max");
  put_sysctl(writer, root, "host.threads_max", "kernel.threads-max");
}

/// Before 4.19 meminfo has no total over all huge page sizes, but sysfs has each pool.
Result<std::int64_t> hugetlb_pools(const Root& root) {
  constexpr std::string_view kDirectory = "/sys/kernel/mm/hugepages";
  constexpr std::string_view kPrefix = "hugepages-";
  auto names = root.list(kDirectory);
  if (!names) return names.error();
  std::int64_t total = 0;
  for (const std::string& name : *names) {
    if (!name.starts_with(kPrefix) || !name.ends_with("kB")) continue;
    const auto kib = parse_integer(
        std::string_view(name).substr(kPrefix.size(), name.size() - kPrefix.size() - 2));
    auto pages = read_number(root, std::string(kDirectory) + "/" + name + "/nr_hugepages");
    if (!pages) return pages.error();
    total = saturating_add(total,
                           saturating_multiply(*pages, saturating_multiply(kib.value_or(0), 1024)));
  }
  return total;
}

void put_memory(FactWriter& writer, const Root& root, const Result<Counters>& meminfo) {
  writer.put_line("host.mem_total", meminfo, kMeminfo, "MemTotal");
  writer.put_line("host.mem_free", meminfo, kMeminfo, "MemFree");
  // From 3.14 on.
  writer.put_line("host.mem_available", meminfo, kMeminfo, "MemAvailable",
                  FactState::not_applicable);
  writer.put_line("host.swap_total", meminfo, kMeminfo, "SwapTotal");
  writer.put_line("host.swap_free", meminfo, kMeminfo, "SwapFree");
  writer.put_line("host.commit_limit", meminfo, kMeminfo, "CommitLimit");
  writer.put_line("host.committed_as", meminfo, kMeminfo, "Committed_AS");
  writer.put_line("host.anon_huge_pages", meminfo, kMeminfo, "AnonHugePages",
                  FactState::not_applicable);
  if (!meminfo || find(*meminfo, "Hugetlb")) {
    writer.put_line("host.hugetlb", meminfo, kMeminfo, "Hugetlb");
  } else {
    writer.put_result("host.hugetlb", hugetlb_pools(root), "/sys/kernel/mm/hugepages");
  }
}

void put_heuristic(FactWriter& writer, const Result<Counters>& meminfo,
                   const Result<Counters>& vmstat, const Result<std::int64_t>& page_size) {
  constexpr std::string_view kName = "host.free_for_heuristic";
  constexpr std::string_view kSource = "/proc/vmstat and SwapFree";
  if (!vmstat) return writer.miss(kName, vmstat.error(), kSource);
  if (!page_size) return writer.miss(kName, page_size.error(), kSource);
  const auto swap_free = meminfo ? find(*meminfo, "SwapFree") : std::nullopt;
  if (!swap_free) {
    return writer.miss(kName, FactState::unknown, kSource, "SwapFree of /proc/meminfo is unknown");
  }
  const auto pages = free_for_heuristic(*vmstat, *swap_free / *page_size);
  if (!pages) {
    return writer.miss(kName, FactState::unknown, kSource, "/proc/vmstat lacks one of the inputs");
  }
  writer.put(kName, saturating_multiply(*pages, *page_size), kSource);
}

void put_reserve(FactWriter& writer, const Root& root, const Result<std::int64_t>& page_size) {
  constexpr std::string_view kName = "host.total_reserve";
  constexpr std::string_view kSource = "/proc/zoneinfo";
  const auto zones = read_zoneinfo(root);
  if (!zones) return writer.miss(kName, zones.error(), kSource);
  if (!page_size) return writer.miss(kName, page_size.error(), kSource);
  writer.put(kName, saturating_multiply(zones->total_reserve, *page_size), kSource);
}

/// Asked in mode 0 alone: in mode 2 a mapping could make somebody else's fail.
std::optional<bool> probe_rule(const Root& root, const FactSet& facts) {
  if (facts.integer("host.overcommit_memory") != 0) return std::nullopt;
  const auto free = facts.integer("host.free_for_heuristic");
  const auto ram = facts.integer("host.mem_total");
  const auto swap = facts.integer("host.swap_total");
  if (!free || !ram || !swap) return std::nullopt;
  const auto size = telling_mapping(*free, saturating_add(*ram, *swap));
  const auto admitted = size ? root.admits_mapping(*size) : Result<bool>(Error{});
  return admitted ? std::optional(*admitted) : std::nullopt;
}

void put_overcommit_rule(FactWriter& writer, const Root& root, const FactSet& facts,
                         const Result<std::string>& release) {
  constexpr std::string_view kName = "host.overcommit_rule";
  constexpr std::string_view kSource = "kernel release";
  if (!release) return writer.miss(kName, release.error(), kSource);
  const Mode0Answer answer = with_probe(mode0_rule(*release), probe_rule(root, facts));
  if (answer.rule == Mode0Rule::unknown) {
    return writer.miss(kName, FactState::unknown, kSource, answer.because);
  }
  writer.put(kName, std::string(to_string(answer.rule)), "kernel release: " + answer.because);
}

void put_thp(FactWriter& writer, const Root& root) {
  const auto thp = read_thp(root);
  const std::string directory = thp ? thp->directory : "/sys/kernel/mm/transparent_hugepage";
  if (!thp) {
    for (const std::string_view name :
         {"host.thp_enabled", "host.thp_defrag", "host.thp_sizes_on"}) {
      writer.miss(name, thp.error(), directory);
    }
    return;
  }
  writer.put("host.thp_enabled", thp->enabled, directory + "/enabled");
  writer.put_optional("host.thp_defrag", thp->defrag, directory + "/defrag", FactState::unknown,
                      "no word in brackets");
  if (thp->sizes.empty()) {
    writer.miss("host.thp_sizes_on", FactState::not_applicable, directory,
                "no knobs per size (kernel before 6.8)");
  } else {
    writer.put("host.thp_sizes_on", thp_sizes_on(*thp), directory + "/hugepages-*/enabled");
  }
}

void put_system(FactWriter& writer, const Root& root) {
  const auto os = read_os_release(root);
  for (const bool version : {false, true}) {
    const std::string_view name = version ? "host.os_version" : "host.os_id";
    if (!os) {
      writer.miss(name, os.error(), "os-release");
      continue;
    }
    const std::string& value = version ? os->version : os->id;
    writer.put_optional(name, value.empty() ? std::nullopt : std::optional(value), "os-release",
                        FactState::not_applicable, "os-release does not say");
  }
  writer.put_result("host.container", detect_container(root), "marks of container managers");
  writer.put_result("host.initial_user_namespace", in_initial_user_namespace(root, "self"),
                    "/proc/self/ns/user");
  writer.put_result("host.cpus_online", read_cpus_online(root), "/sys/devices/system/cpu/online");
  writer.put_result("host.cpus_present", read_cpus_present(root),
                    "/sys/devices/system/cpu/present");
  constexpr std::string_view kLoadavg = "/proc/loadavg";
  const auto genuine = check_genuine(root, kLoadavg);
  writer.put_result("host.threads",
                    genuine ? read_task_count(root) : Result<std::int64_t>(genuine.error()),
                    kLoadavg);
}

/// What strains the host, as far as its kernel counts that.
void put_strain(FactWriter& writer, const Root& root) {
  writer.put_result("host.pressure.memory_full", read_full_pressure(root, "memory"),
                    "/proc/pressure/memory full avg60");
  writer.put_result("host.pressure.io_full", read_full_pressure(root, "io"),
                    "/proc/pressure/io full avg60");
  writer.put_result("host.beancounters_failed", read_failed_beancounters(root),
                    "/proc/user_beancounters failcnt");
}

void put_systemd(FactWriter& writer, const Root& root) {
  constexpr std::string_view kDirectory = "/run/systemd/system";
  const auto status = root.status(kDirectory);
  const bool seen = status || status.error().seen_absent || root.live();
  if (seen) {
    writer.put("host.systemd", systemd_running(root), kDirectory);
  } else {
    writer.miss("host.systemd", FactState::unknown, kDirectory, "not captured");
  }
}

FactSet read_host_facts(const Root& root) {
  FactSet facts;
  FactWriter writer(root.live() ? TreeKind::live : TreeKind::captured, facts);
  const auto genuine = check_genuine(root, kMeminfo);
  const auto meminfo = genuine ? read_meminfo(root) : Result<Counters>(genuine.error());
  const auto vmstat = read_vmstat(root);
  const auto page_size = read_page_size(root);
  const auto release = read_kernel_release(root);
  put_sysctls(writer, root);
  put_memory(writer, root, meminfo);
  put_heuristic(writer, meminfo, vmstat, page_size);
  put_reserve(writer, root, page_size);
  writer.put_result("host.page_size", page_size, "auxiliary vector");
  // From 4.13 on.
  writer.put_line("host.oom_kills", vmstat, kVmstat, "oom_kill", FactState::not_applicable);
  writer.put_result("host.kernel_release", release, "kernel.osrelease");
  put_overcommit_rule(writer, root, facts, release);
  put_thp(writer, root);
  put_system(writer, root);
  put_systemd(writer, root);
  put_strain(writer, root);
  put_persisted_facts(writer, root);
  return facts;
}

}  // namespace

FactSet host_facts(const Root& root) {
  return remembered(root, "host facts", [&] { return read_host_facts(root); });
}

}  // namespace forkmend::host
