// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/system.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <optional>

#include "base/text.hpp"
#include "host/counters.hpp"
#include "host/sysctl.hpp"
#include "host/zoneinfo.hpp"

namespace forkmend::host {

namespace {

constexpr std::string_view kInitialUserNamespace = "user:[4026531837]";

std::string unquoted(std::string_view value) {
  value = trim(value);
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
      value.back() == value.front()) {
    value = value.substr(1, value.size() - 2);
  }
  return std::string(value);
}

Result<std::int64_t> read_cpu_list(const Root& root, std::string_view path) {
  auto text = root.read(path);
  if (!text) return text.error();
  auto count = parse_cpu_list(*text);
  if (!count) return count.error().during("reading " + std::string(path));
  return count;
}

/// AT_PAGESZ of an auxiliary vector of 64-bit pairs.
std::optional<std::int64_t> page_size_in(std::string_view auxv) {
  constexpr std::uint64_t kAtPageSize = 6;
  struct Pair {
    std::uint64_t type = 0;
    std::uint64_t value = 0;
  };
  for (; auxv.size() >= sizeof(Pair); auxv.remove_prefix(sizeof(Pair))) {
    Pair pair;
    std::memcpy(&pair, auxv.data(), sizeof(pair));
    const bool plausible = std::has_single_bit(pair.value) && pair.value < (1U << 20U);
    if (pair.type == kAtPageSize && plausible) return static_cast<std::int64_t>(pair.value);
  }
  return std::nullopt;
}

/// The power of two next to bytes / pages. The two were read one after the other, so they may
/// differ by a little; amounts that differ by more are not the same amount.
std::optional<std::int64_t> page_size_of(std::int64_t bytes, std::int64_t pages) {
  constexpr double kTolerance = 0.15;  // of a doubling: 11 %
  if (bytes <= 0 || pages <= 0) return std::nullopt;
  const double power = std::log2(static_cast<double>(bytes) / static_cast<double>(pages));
  if (std::abs(power - std::round(power)) > kTolerance) return std::nullopt;
  const auto size = static_cast<std::int64_t>(std::exp2(std::round(power)));
  return size >= 4096 && size <= 65536 ? std::optional(size) : std::nullopt;
}

std::optional<std::int64_t> page_size_by_amounts(const Root& root) {
  const auto meminfo = read_meminfo(root);
  if (!meminfo) return std::nullopt;
  if (const auto zones = read_zoneinfo(root)) {
    if (auto size = page_size_of(find(*meminfo, "MemTotal").value_or(0), zones->managed)) {
      return size;
    }
  }
  const auto vmstat = read_vmstat(root);
  if (!vmstat) return std::nullopt;
  return page_size_of(find(*meminfo, "MemFree").value_or(0),
                      find(*vmstat, "nr_free_pages").value_or(0));
}

}  // namespace

OsRelease parse_os_release(std::string_view text) {
  OsRelease release;
  for (const std::string_view line : lines_of(text)) {
    const std::string_view entry = trim(line);
    if (entry.starts_with("ID=")) release.id = unquoted(entry.substr(3));
    if (entry.starts_with("VERSION_ID=")) release.version = unquoted(entry.substr(11));
  }
  return release;
}

Result<OsRelease> read_os_release(const Root& root) {
  auto text = root.read("/etc/os-release");
  if (!text) text = root.read("/usr/lib/os-release");
  if (!text) return text.error();
  return parse_os_release(*text);
}

Result<std::string> read_kernel_release(const Root& root) {
  return read_sysctl(root, "kernel.osrelease");
}

Result<std::int64_t> parse_cpu_list(std::string_view text) {
  std::int64_t count = 0;
  for (const std::string_view part : split(trim(text), ',')) {
    const auto ends = split(part, '-');
    const auto first = parse_integer(ends.front());
    const auto last = parse_integer(ends.back());
    if (!first || !last || ends.size() > 2 || *first < 0 || *last < *first || *last > 65535) {
      return Error{Errc::parse, "not a list of CPUs: \"" + printable(trim(text), 60) + "\""};
    }
    count += *last - *first + 1;
  }
  return count;
}

Result<std::int64_t> read_cpus_online(const Root& root) {
  return read_cpu_list(root, "/sys/devices/system/cpu/online");
}

Result<std::int64_t> read_cpus_present(const Root& root) {
  return read_cpu_list(root, "/sys/devices/system/cpu/present");
}

Result<std::int64_t> read_task_count(const Root& root) {
  auto text = root.read("/proc/loadavg");
  if (!text) return text.error();
  const auto words = split_blanks(*text);
  if (words.size() >= 4) {
    const auto parts = split(words[3], '/');
    const auto tasks = parts.size() == 2 ? parse_integer(parts[1]) : std::nullopt;
    if (tasks) return *tasks;
  }
  return Error{Errc::parse, "/proc/loadavg: no \"running/all\" in field 4"};
}

Result<std::int64_t> read_page_size(const Root& root) {
  if (const auto auxv = root.read("/proc/self/auxv")) {
    if (const auto size = page_size_in(*auxv)) return *size;
  }
  if (const auto size = page_size_by_amounts(root)) return *size;
  const auto release = read_kernel_release(root);
  const bool x86 = release && (release->ends_with("x86_64") || release->ends_with("amd64"));
  if (x86) return std::int64_t{4096};
  return Error{Errc::not_found, "nothing tells the page size"};
}

Result<bool> in_initial_user_namespace(const Root& root, std::string_view pid) {
  auto link = root.read_link("/proc/" + std::string(pid) + "/ns/user");
  if (!link) return link.error();
  return *link == kInitialUserNamespace;
}

bool systemd_running(const Root& root) {
  const auto status = root.status("/run/systemd/system");
  return status && status->is_directory();
}

}  // namespace forkmend::host
