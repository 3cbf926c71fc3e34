// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/temp_files.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "host/process.hpp"
#include "host/process_table.hpp"
#include "host/saturate.hpp"

namespace forkmend::host {

namespace {

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

std::string path_in(const std::string& directory, const std::string& name) {
  std::string path = directory;
  return path.append("/").append(name);
}

std::optional<std::int64_t> pid_of(std::string_view text) {
  const auto pid = parse_integer(text);
  return pid && *pid > 0 ? pid : std::nullopt;
}

bool is_alive(const SharedList<ProcessRow>& table, std::int64_t pid) {
  return std::ranges::any_of(table, [&](const ProcessRow& row) {
    return row.pid == pid || std::ranges::find(row.namespace_pids, pid) != row.namespace_pids.end();
  });
}

/// Names of the temporary files that somebody holds open, wherever they lie.
std::set<std::string, std::less<>> open_temp_files(const Root& root,
                                                   const SharedList<ProcessRow>& table) {
  std::set<std::string, std::less<>> names;
  for (const ProcessRow& row : table) {
    const std::string directory = proc_path(row.pid, "fd");
    const auto descriptors = root.list(directory);
    if (!descriptors) continue;
    for (const std::string& descriptor : *descriptors) {
      const auto target = root.read_link(path_in(directory, descriptor));
      if (!target) continue;
      const std::string name = target->substr(target->rfind('/') + 1);
      if (temp_file_pid(name)) names.insert(name);
    }
  }
  return names;
}

}  // namespace

std::optional<std::int64_t> temp_file_pid(std::string_view name) {
  if (take(name, "temp-rewriteaof-")) {
    take(name, "bg-");
    if (!name.ends_with(".aof")) return std::nullopt;
    return pid_of(name.substr(0, name.size() - 4));
  }
  if (!take(name, "temp-") || !name.ends_with(".rdb")) return std::nullopt;
  name.remove_suffix(4);
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) return pid_of(name);
  if (!pid_of(name.substr(0, dot))) return std::nullopt;
  return pid_of(name.substr(dot + 1));
}

Result<StaleTempFiles> find_stale_temp_files(const Root& root, const std::string& directory) {
  auto names = root.list(directory);
  if (!names) return names.error();
  std::erase_if(*names, [](const std::string& name) { return !temp_file_pid(name); });
  StaleTempFiles stale;
  if (names->empty()) return stale;
  const auto hidden = hides_processes(root);
  if (!hidden) return hidden.error();
  if (*hidden) return Error{Errc::permission_denied, "/proc does not show every process"};
  const auto table = process_table(root);
  if (!table) return table.error();
  const auto open = open_temp_files(root, *table);
  for (std::string& name : *names) {
    if (is_alive(*table, *temp_file_pid(name)) || open.contains(name)) continue;
    const auto status = root.status(path_in(directory, name));
    if (!status || !status->is_regular()) continue;
    stale.bytes = saturating_add(stale.bytes, status->size);
    stale.names.push_back(std::move(name));
  }
  return stale;
}

}  // namespace forkmend::host
