// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/process_table.hpp"

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "host/mountinfo.hpp"
#include "host/process.hpp"
#include "host/read_cache.hpp"
#include "host/saturate.hpp"

namespace forkmend::host {

namespace {

constexpr std::size_t kCmdlineLimit = 4096;
constexpr unsigned kCapSysPtrace = 19;
constexpr std::string_view kTable = "process table";
using Table = Result<SharedList<ProcessRow>>;

Result<std::vector<std::int64_t>> list_pids(const Root& root) {
  auto names = root.list("/proc");
  if (!names) return names.error();
  std::vector<std::int64_t> pids;
  for (const std::string& name : *names) {
    const auto pid = parse_integer(name);
    if (pid && *pid > 0) pids.push_back(*pid);
  }
  std::ranges::sort(pids);
  return pids;
}

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::optional<ProcessRow> read_row(const Root& root, std::int64_t pid) {
  const auto stat = read_stat(root, pid);
  if (!stat) return std::nullopt;
  ProcessRow row{.pid = pid,
                 .parent = stat->parent,
                 .start_time = stat->start_time,
                 .comm = stat->comm,
                 .threads = stat->threads};
  if (stat->kernel_thread) {
    row.uid = 0;
    row.namespace_pids.push_back(pid);
    return row;
  }
  if (const auto exe = read_exe(root, pid)) row.exe = base_name(*exe);
  if (const auto text = root.read(proc_path(pid, "cmdline"))) {
    row.cmdline = parse_cmdline(std::string_view(*text).substr(0, kCmdlineLimit));
  }
  if (const auto status = read_status(root, pid)) {
    row.uid = status->real_uid;
    if (status->threads) row.threads = status->threads;
    row.namespace_pids = status->namespace_pids;
  }
  return row;
}

/// hidepid= of the /proc that we see: 0/off, 1/noaccess, 2/invisible, 4/ptraceable.
bool mount_hides(const std::vector<Mount>& mounts) {
  const Mount* proc = mount_of(mounts, "/proc");
  if (proc == nullptr || proc->type != "proc") return false;
  const auto hidepid = option_value(proc->super_options, "hidepid");
  const auto also = option_value(proc->options, "hidepid");
  const std::string value = hidepid.value_or(also.value_or("0"));
  return value != "0" && value != "off";
}

bool may_see_all(const Root& root) {
  const auto text = root.read("/proc/self/status");
  const auto status = text ? parse_status(*text) : Result<ProcessStatus>(text.error());
  return status && status->cap_effective && ((*status->cap_effective >> kCapSysPtrace) & 1U) != 0;
}

}  // namespace

std::vector<std::string> parse_cmdline(std::string_view text) {
  std::vector<std::string> arguments;
  while (text.ends_with('\0')) text.remove_suffix(1);
  if (text.empty()) return arguments;
  for (const std::string_view argument : split(text, '\0')) arguments.emplace_back(argument);
  return arguments;
}

namespace {

Result<std::vector<ProcessRow>> read_table(const Root& root) {
  auto pids = list_pids(root);
  if (!pids) return pids.error();
  std::vector<ProcessRow> rows;
  for (const std::int64_t pid : *pids) {
    if (auto row = read_row(root, pid)) rows.push_back(std::move(*row));
  }
  return rows;
}

}  // namespace

Result<SharedList<ProcessRow>> process_table(const Root& root) {
  return remembered(root, kTable, [&] {
    // The rows are what is kept, not three files of each process beside them.
    return Table(share(read_table(root.recorded() ? root : root.fresh())));
  });
}

Result<bool> hides_processes(const Root& root) {
  auto mounts = read_mountinfo(root, "self");
  if (!mounts) return mounts.error();
  // PROC_PID_INIT_INO: in any other pid namespace /proc shows that namespace only.
  const auto link = root.read_link("/proc/self/ns/pid");
  if (link && *link != "pid:[4026531836]") return true;
  return mount_hides(*mounts) && !may_see_all(root);
}

namespace {

/// Whether a task counts, when tasks count for each user namespace apart.
Result<bool> in_namespace(const Root& root, std::int64_t pid,
                          std::optional<std::uint64_t> user_namespace) {
  if (!user_namespace) return true;
  auto own = read_namespace(root, pid, "user");
  if (!own) return own.error();
  return *own == *user_namespace;
}

struct Tasks {
  std::int64_t uid = 0;  ///< real
  std::int64_t threads = 0;
};

/// Without threads when the process has ended meanwhile.
Result<Tasks> read_tasks(const Root& root, std::int64_t pid) {
  const auto status = read_status(root, pid);
  if (!status && status.error().code == Errc::not_found) return Tasks{};
  if (!status) return status.error();
  if (!status->real_uid || !status->threads) {
    return Error{Errc::parse, proc_path(pid, "status") + ": no Uid or Threads"};
  }
  return Tasks{*status->real_uid, *status->threads};
}

/// Of a table that was read for this look already, else each status anew. (Not through the table
/// itself: that needs more of each process than a bundle has.)
Result<std::map<std::int64_t, Tasks>> tasks_by_pid(const Root& root) {
  std::map<std::int64_t, Tasks> known;
  if (const auto* table = recalled<Table>(root, kTable); table != nullptr && *table) {
    for (const ProcessRow& row : **table) {
      if (row.uid && row.threads) known[row.pid] = {*row.uid, *row.threads};
    }
  }
  const auto pids = list_pids(root);
  if (!pids) return pids.error();
  for (const std::int64_t pid : *pids) {
    if (known.contains(pid)) continue;
    auto tasks = read_tasks(root, pid);
    if (!tasks) return tasks.error();
    known[pid] = *tasks;
  }
  return known;
}

Result<std::int64_t> count_tasks(const Root& root, std::int64_t uid,
                                 std::optional<std::uint64_t> user_namespace) {
  auto hidden = hides_processes(root);
  if (!hidden) return hidden.error().during("counting the tasks of a user");
  if (*hidden) {
    return Error{Errc::permission_denied, "/proc does not show all processes of this host"};
  }
  const auto all = tasks_by_pid(root);
  if (!all) return all.error();
  std::int64_t sum = 0;
  for (const auto& [pid, tasks] : *all) {
    if (tasks.uid != uid || tasks.threads == 0) continue;
    const auto counts = in_namespace(root, pid, user_namespace);
    if (!counts && counts.error().code == Errc::not_found) continue;  // ended meanwhile
    if (!counts) return counts.error();
    if (*counts) sum = saturating_add(sum, tasks.threads);
  }
  return sum;
}

}  // namespace

Result<std::int64_t> count_uid_tasks(const Root& root, std::int64_t uid,
                                     std::optional<std::uint64_t> user_namespace) {
  const std::string name =
      "tasks of uid " + std::to_string(uid) +
      (user_namespace ? " in user namespace " + std::to_string(*user_namespace) : std::string());
  return remembered(root, name, [&] { return count_tasks(root, uid, user_namespace); });
}

}  // namespace forkmend::host
