// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/process.hpp"

#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"
#include "host/counters.hpp"

namespace forkmend::host {

namespace {

/// Lines of "Name:\tvalue". Of the status of every process of a host, so without a map.
class Fields {
 public:
  explicit Fields(std::string_view text) {
    constexpr std::size_t kTypical = 64;
    fields_.reserve(kTypical);
    for (const std::string_view line : lines_of(text)) {
      const std::size_t colon = line.find(':');
      if (colon == std::string_view::npos) continue;
      fields_.emplace_back(line.substr(0, colon), line.substr(colon + 1));
    }
  }

  /// The first one of that name; empty: there is none.
  [[nodiscard]] std::string_view find(std::string_view name) const {
    for (const auto& [key, value] : fields_) {
      if (key == name) return trim(value);
    }
    return {};
  }

 private:
  std::vector<std::pair<std::string_view, std::string_view>> fields_;
};

std::vector<std::int64_t> numbers(std::string_view text) {
  std::vector<std::int64_t> values;
  for (const std::string_view word : split_blanks(text)) {
    const auto value = parse_integer(word);
    if (!value) return {};
    values.push_back(*value);
  }
  return values;
}

std::optional<std::uint64_t> hex_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void fill_memory(ProcessStatus& status, const Fields& fields) {
  const auto size = [&](std::string_view name) { return parse_meminfo_value(fields.find(name)); };
  status.vm_size = size("VmSize");
  status.vm_rss = size("VmRSS");
  status.rss_anon = size("RssAnon");
  status.vm_data = size("VmData");
  status.vm_stack = size("VmStk");
  status.vm_pte = size("VmPTE");
  status.vm_swap = size("VmSwap");
}

void fill_identity(ProcessStatus& status, const Fields& fields) {
  const std::string_view state = fields.find("State");
  status.name = fields.find("Name");
  status.state = state.empty() ? '?' : state.front();
  status.parent = parse_integer(fields.find("PPid")).value_or(0);
  status.threads = parse_integer(fields.find("Threads"));
  status.namespace_pids = numbers(fields.find("NSpid"));
  status.seccomp = parse_integer(fields.find("Seccomp"));
  status.cap_effective = hex_number(fields.find("CapEff"));
  const auto uids = numbers(fields.find("Uid"));
  if (uids.size() >= 2) {
    status.real_uid = uids[0];
    status.effective_uid = uids[1];
  }
  if (uids.size() >= 4) status.filesystem_uid = uids[3];
  const auto gids = numbers(fields.find("Gid"));
  if (gids.size() >= 4) status.filesystem_gid = gids[3];
  status.groups = numbers(fields.find("Groups"));
  const auto thp = parse_integer(fields.find("THP_enabled"));
  if (thp) status.thp_enabled = *thp != 0;
}

std::optional<std::int64_t> parse_limit_value(std::string_view word) {
  return word == "unlimited" ? kUnlimited : parse_integer(word);
}

Result<std::string> read_process_link(const Root& root, std::int64_t pid, std::string_view name) {
  constexpr std::string_view kDeleted = " (deleted)";
  auto target = root.read_link(proc_path(pid, name));
  if (!target) return target.error();
  std::string path = std::move(*target);
  if (path.ends_with(kDeleted)) path.resize(path.size() - kDeleted.size());
  return path;
}

}  // namespace

std::string proc_path(std::int64_t pid, std::string_view name) {
  return "/proc/" + std::to_string(pid) + "/" + std::string(name);
}

Result<ProcessStatus> parse_status(std::string_view text) {
  ProcessStatus status;
  const Fields fields(text);
  const auto pid = parse_integer(fields.find("Pid"));
  if (!pid) return Error{Errc::parse, "the status of a process without \"Pid:\""};
  status.pid = *pid;
  fill_identity(status, fields);
  fill_memory(status, fields);
  return status;
}

Result<ProcessStatus> read_status(const Root& root, std::int64_t pid) {
  auto text = root.read(proc_path(pid, "status"));
  if (!text) return text.error();
  return parse_status(*text);
}

Result<ProcessStat> parse_stat(std::string_view text) {
  constexpr unsigned kKernelThread = 21;  // PF_KTHREAD, sched.h, since 2.6.27
  // The name is whatever the process wrote there: only the last ")" ends it.
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  Error broken{Errc::parse, "the stat of a process: \"" + printable(text, 80) + "\""};
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return broken;
  }
  // Field 3 (state) is word 0; field 4 the parent, 9 the flags, 20 the threads, 22 the start time.
  const auto words = split_blanks(text.substr(close + 1));
  const auto pid = parse_integer(trim(text.substr(0, open)));
  if (!pid || words.size() < 20) return broken;
  const auto parent = parse_integer(words[1]);
  const auto threads = parse_integer(words[17]);
  const auto start = parse_integer(words[19]);
  const auto flags = parse_integer(words[6]);
  if (!parent || !threads || !start || *start < 0) return broken;
  return ProcessStat{.pid = *pid,
                     .comm = std::string(text.substr(open + 1, close - open - 1)),
                     .state = words[0].front(),
                     .parent = *parent,
                     .threads = *threads,
                     .start_time = static_cast<std::uint64_t>(*start),
                     .kernel_thread = ((flags.value_or(0) >> kKernelThread) & 1) != 0,
                     .policy = words.size() > 38 ? parse_integer(words[38]) : std::nullopt};
}

Result<ProcessStat> read_stat(const Root& root, std::int64_t pid) {
  auto text = root.read(proc_path(pid, "stat"));
  if (!text) return text.error();
  return parse_stat(*text);
}

std::map<std::string, Limit, std::less<>> parse_limits(std::string_view text) {
  // Names hold single blanks; from the second column on, blanks separate.
  constexpr std::size_t kNameWidth = 26;
  std::map<std::string, Limit, std::less<>> limits;
  for (const std::string_view line : lines_of(text)) {
    if (line.size() <= kNameWidth) continue;
    const auto words = split_blanks(line.substr(kNameWidth));
    if (words.size() < 2) continue;
    const auto soft = parse_limit_value(words[0]);
    const auto hard = parse_limit_value(words[1]);
    if (soft && hard) limits.emplace(trim(line.substr(0, kNameWidth)), Limit{*soft, *hard});
  }
  return limits;
}

Result<std::int64_t> count_mappings(const Root& root, std::int64_t pid) {
  std::int64_t lines = 0;
  const auto read = root.scan(proc_path(pid, "maps"), [&lines](std::string_view) { ++lines; });
  if (!read) return read.error();
  return lines;
}

Result<Limit> read_limit(const Root& root, std::int64_t pid, std::string_view name) {
  const std::string path = proc_path(pid, "limits");
  auto text = root.read(path);
  if (!text) return text.error();
  const auto limits = parse_limits(*text);
  const auto found = limits.find(name);
  if (found == limits.end()) return Error{Errc::not_found, path + ": no " + std::string(name)};
  return found->second;
}

Result<std::string> read_exe(const Root& root, std::int64_t pid) {
  return read_process_link(root, pid, "exe");
}

Result<std::string> read_cwd(const Root& root, std::int64_t pid) {
  return read_process_link(root, pid, "cwd");
}

Result<std::uint64_t> read_namespace(const Root& root, std::int64_t pid, std::string_view type) {
  const std::string path = proc_path(pid, "ns/" + std::string(type));
  auto link = root.read_link(path);
  if (!link) return link.error();
  const std::size_t open = link->find('[');
  const std::size_t close = link->find(']');
  if (open != std::string::npos && close != std::string::npos && close > open) {
    const auto inode = parse_integer(std::string_view(*link).substr(open + 1, close - open - 1));
    if (inode && *inode > 0) return static_cast<std::uint64_t>(*inode);
  }
  return Error{Errc::parse, path + ": \"" + printable(*link, 60) + "\""};
}

}  // namespace forkmend::host
