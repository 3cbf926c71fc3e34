// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "metrics/process_cost.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <string>

#include "base/text.hpp"

namespace forkmend::metrics {

namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// The n-th value (from 1, as proc_pid_stat(5) counts) of /proc/self/stat; the program's name may
/// hold blanks and brackets, so that counting begins behind its last ')'.
std::optional<std::int64_t> stat_field(const host::Root& root, std::size_t number) {
  const auto stat = root.read("/proc/self/stat");
  if (!stat) return std::nullopt;
  const std::size_t end_of_name = stat->rfind(')');
  if (end_of_name == std::string::npos) return std::nullopt;
  const std::string_view rest = trim(std::string_view(*stat).substr(end_of_name + 1));
  const auto fields = split_blanks(rest);
  constexpr std::size_t kFirst = 3;
  if (number < kFirst || number - kFirst >= fields.size()) return std::nullopt;
  return parse_integer(fields[number - kFirst]);
}

std::optional<std::int64_t> boot_time(const host::Root& root) {
  const auto stat = root.read("/proc/stat");
  if (!stat) return std::nullopt;
  for (const std::string_view line : lines_of(*stat)) {
    if (line.starts_with("btime ")) return parse_integer(trim(line.substr(6)));
  }
  return std::nullopt;
}

std::optional<WallTime> start_time(const host::Root& root) {
  constexpr std::size_t kStartTicks = 22;
  const auto ticks = stat_field(root, kStartTicks);
  const auto boot = boot_time(root);
  const long per_second = sysconf(_SC_CLK_TCK);
  if (!ticks || !boot || per_second <= 0) return std::nullopt;
  return WallTime(std::chrono::seconds(*boot) +
                  std::chrono::milliseconds(*ticks * 1000 / per_second));
}

}  // namespace

ProcessCost read_process_cost(const host::Root& root) {
  ProcessCost cost;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    cost.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    cost.max_files = static_cast<std::int64_t>(limit.rlim_cur);
  }
  constexpr std::size_t kVirtualBytes = 23;
  constexpr std::size_t kResidentPages = 24;
  cost.virtual_bytes = stat_field(root, kVirtualBytes);
  if (const auto pages = stat_field(root, kResidentPages)) {
    cost.resident_bytes = *pages * sysconf(_SC_PAGESIZE);
  }
  if (const auto files = root.list("/proc/self/fd")) {
    cost.open_files = static_cast<std::int64_t>(files->size());
  }
  cost.started = start_time(root);
  return cost;
}

}  // namespace forkmend::metrics
