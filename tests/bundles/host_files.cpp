// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The kernel's files about memory and about the server's process, made of a few numbers, so that a
// case can say "2 GiB, of which 300 MiB are free" and they agree with each other.
#include "host_files.hpp"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace forkmend::testing {

namespace {

using Values = std::map<std::string, std::string>;

constexpr std::int64_t kKib = 1024;
constexpr std::int64_t kPagesInMib = 256;

std::int64_t number(const Values& values, const std::string& name, std::int64_t otherwise = 0) {
  const auto found = values.find(name);
  if (found == values.end()) return otherwise;
  const auto parsed = parse_integer(found->second);
  if (!parsed) throw std::runtime_error(name + ": \"" + found->second + "\" is no number");
  return *parsed;
}

std::string line(std::string_view name, std::int64_t kib) {
  return std::string(name) + ": " + std::to_string(kib) + " kB\n";
}

std::int64_t commit_limit_kib(const HostFiles& host, std::int64_t total, std::int64_t swap) {
  const auto text = [&](const std::string& name) {
    const auto found = host.files.find("/proc/sys/vm/" + name);
    return found != host.files.end() ? parse_integer(trim(found->second)).value_or(0) : 0;
  };
  if (text("overcommit_kbytes") > 0) return text("overcommit_kbytes") + swap;
  return total * text("overcommit_ratio") / 100 + swap;
}

void put_meminfo(HostFiles& host) {
  const Values& m = host.memory;
  const auto kib = [&](const std::string& name) { return number(m, name) * kKib; };
  const std::int64_t total = kib("total");
  std::string text = line("MemTotal", total) + line("MemFree", kib("free"));
  if (m.contains("available")) text += line("MemAvailable", kib("available"));
  text += line("Buffers", 0) + line("Cached", kib("cached")) +
          line("SwapTotal", kib("swap_total")) + line("SwapFree", kib("swap_free")) +
          line("Shmem", kib("shmem")) + line("SReclaimable", kib("reclaimable")) +
          line("CommitLimit", commit_limit_kib(host, total, kib("swap_total"))) +
          line("Committed_AS", kib("committed")) + "HugePages_Total: 0\nHugepagesize: 2048 kB\n" +
          line("Hugetlb", 0);
  host.files["/proc/meminfo"] = text;
  const auto pages = [&](const std::string& name) {
    return std::to_string(number(m, name) * kPagesInMib);
  };
  std::string vmstat = "nr_free_pages " + pages("free") + "\nnr_file_pages " + pages("cached") +
                       "\nnr_shmem " + pages("shmem") + "\nnr_slab_reclaimable " +
                       pages("reclaimable") + "\n";
  if (m.contains("oom_kill")) vmstat += "oom_kill " + m.at("oom_kill") + "\n";
  host.files["/proc/vmstat"] = vmstat;
  const std::int64_t managed = number(m, "total") * kPagesInMib;
  host.files["/proc/zoneinfo"] =
      "Node 0, zone   Normal\n  pages free " + pages("free") + "\n        high     " +
      std::to_string(managed / 300) + "\n        present  " + std::to_string(managed) +
      "\n        managed  " + std::to_string(managed) + "\n        protection: (0, 0, 0, 0, 0)\n";
}

void put_smaps(HostFiles& host, const std::vector<std::int64_t>& mappings) {
  std::string smaps;
  std::uint64_t at = 0x7f0000000000;
  std::int64_t sum = 0;
  for (const std::int64_t mib : mappings) {
    const auto size = static_cast<std::uint64_t>(mib) << 20U;
    std::array<char, 64> range{};
    std::snprintf(range.data(), range.size(), "%" PRIx64 "-%" PRIx64, at, at + size);
    smaps.append(range.data()).append(" rw-p 00000000 00:00 0 \nSize: ");
    smaps.append(std::to_string(mib * kKib)).append(" kB\nVmFlags: rd wr mr mw me ac sd \n");
    at += size + (1U << 20U);
    sum += mib;
  }
  host.files["/proc/812/smaps"] = smaps;
  host.process.try_emplace("vm_data", std::to_string(sum));
}

std::string text(const Values& values, const std::string& name, std::string_view otherwise) {
  const auto found = values.find(name);
  return found != values.end() ? found->second : std::string(otherwise);
}

/// The columns of proc_pid_limits() of fs/proc/base.c.
std::string limit_line(std::string name, std::string soft, std::string_view unit,
                       std::string hard = "") {
  if (hard.empty()) hard = soft;
  name.resize(std::max<std::size_t>(name.size(), 25), ' ');
  soft.resize(std::max<std::size_t>(soft.size(), 20), ' ');
  hard.resize(std::max<std::size_t>(hard.size(), 20), ' ');
  return name + " " + soft + " " + hard + " " + std::string(unit) + "\n";
}

/// The save child, in a state of /proc/PID/stat; without one the server has no child.
void put_child(HostFiles& host, const std::string& state) {
  host.files["/proc/812/task/812/children"] = state.empty() ? "\n" : "4711 \n";
  if (state.empty()) return;
  host.files["/proc/4711/stat"] = "4711 (redis-server) " + state +
                                  " 812 812 812 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 9000000 1 2 "
                                  "3\n";
}

/// As many mappings of one page each: what vm.max_map_count is compared with.
void put_maps(HostFiles& host, std::int64_t count) {
  constexpr std::uint64_t kFirst = 0x7f0000000000;
  constexpr std::uint64_t kPage = 4096;
  std::string maps;
  std::array<char, 64> line{};
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint64_t start = kFirst + static_cast<std::uint64_t>(i) * 2 * kPage;
    std::snprintf(line.data(), line.size(), "%" PRIx64 "-%" PRIx64 " rw-p 00000000 00:00 0 \n",
                  start, start + kPage);
    maps += line.data();
  }
  host.files["/proc/812/maps"] = maps;
}

void put_process(HostFiles& host) {
  const Values& p = host.process;
  const std::string uid = std::to_string(number(p, "uid", 999));
  const auto kib = [&](const std::string& name, std::int64_t otherwise) {
    return number(p, name, otherwise) * kKib;
  };
  const std::int64_t data = number(p, "vm_data", 2100);
  std::string status =
      "Name:\tredis-server\nState:\tS (sleeping)\nTgid:\t812\nPid:\t812\n"
      "PPid:\t1\nUid:\t" +
      uid + "\t" + uid + "\t" + uid + "\t" + uid + "\nGid:\t" + uid + "\t" + uid + "\t" + uid +
      "\t" + uid + "\nNSpid:\t812\n";
  status += "VmSize:\t" + std::to_string((data + 100) * kKib) + " kB\nVmRSS:\t" +
            std::to_string(kib("rss", data)) + " kB\nRssAnon:\t" +
            std::to_string(kib("rss", data)) + " kB\nVmData:\t" + std::to_string(data * kKib) +
            " kB\nVmStk:\t 132 kB\nVmPTE:\t" + std::to_string(data * 2) + " kB\nVmSwap:\t" +
            std::to_string(kib("vm_swap", 0)) + " kB\n";
  if (p.contains("thp_enabled")) status += "THP_enabled:\t" + p.at("thp_enabled") + "\n";
  status += "Threads:\t" + std::to_string(number(p, "threads", 5)) + "\nSeccomp:\t" +
            std::to_string(number(p, "seccomp", 0)) + "\nCapEff:\t" +
            (p.contains("cap_eff") ? p.at("cap_eff") : "0000000000000000") + "\n";
  host.files["/proc/812/status"] = status;
  const std::string soft = text(p, "nproc_soft", "63000");
  host.files["/proc/812/limits"] =
      "Limit                     Soft Limit           Hard Limit           Units     \n" +
      limit_line("Max file size", text(p, "fsize", "unlimited"), "bytes") +
      limit_line("Max address space", text(p, "address_space", "unlimited"), "bytes") +
      limit_line("Max processes", soft, "processes", text(p, "nproc_hard", soft));
  host.files["/proc/812/attr/current"] = text(p, "label", "unconfined") + "\n";
  put_child(host, text(p, "child_state", ""));
  if (p.contains("maps")) put_maps(host, number(p, "maps"));
  for (std::int64_t i = 0; i < number(p, "others_of_uid"); ++i) {
    const std::string pid = std::to_string(2000 + i);
    std::string worker = "Name:\tworker\nTgid:\t" + pid;
    worker.append("\nPid:\t").append(pid).append("\nUid:");
    for (int kind = 0; kind < 4; ++kind) worker.append("\t").append(uid);
    worker.append("\nThreads:\t").append(std::to_string(number(p, "threads_each", 1))).append("\n");
    host.files["/proc/" + pid + "/status"] = std::move(worker);
    host.files["/proc/" + pid + "/ns/user"] = "-> user:[4026531837]";
  }
}

void put_files(HostFiles& host, const Values& files) {
  for (const auto& [path, content] : files) {
    if (content.empty()) {
      host.files.erase(path);
    } else {
      host.files[path] = content;
    }
  }
}

void merge(Values& values, const Values& changes) {
  for (const auto& [name, value] : changes) {
    if (value.empty()) {
      values.erase(name);
    } else {
      values[name] = value;
    }
  }
}

void put_sysctls(HostFiles& host, const Values& sysctls) {
  for (const auto& [name, value] : sysctls) {
    std::string path = "/proc/sys/" + name;
    for (char& c : path) c = c == '.' ? '/' : c;
    host.files[path] = value + "\n";
  }
}

}  // namespace

HostFiles read_host(const std::filesystem::path& path) {
  TomlFile file(path);
  const std::string base = file.text("base");
  HostFiles host;
  if (!base.empty()) host = read_host(path.parent_path() / (base + ".toml"));
  host.release = file.text("release", host.release);
  host.files["/proc/sys/kernel/osrelease"] = host.release + "\n";
  change_host(host, file);
  file.reject_unknown_keys();
  return host;
}

void change_host(HostFiles& host, TomlFile& file) {
  for (const std::string& gone : file.texts("absent")) {
    host.files.erase(gone);
    host.paths.absent.insert(gone);
  }
  put_files(host, file.table("files"));
  put_sysctls(host, file.table("sysctl"));
  merge(host.memory, file.table("memory"));
  merge(host.process, file.table("process"));
  merge(host.filesystem, file.table("filesystem"));
  merge(host.access, file.table("access"));
  merge(host.directory, file.table("directory"));
  merge(host.temp_files, file.table("temp_files"));
  const auto mappings = file.integers("mappings");
  if (!mappings.empty()) {
    host.process.erase("vm_data");
    put_smaps(host, mappings);
  }
  put_meminfo(host);
  put_process(host);
}

}  // namespace forkmend::testing
