// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/sysctl_order.hpp"

#include <fnmatch.h>

#include <algorithm>

#include "base/text.hpp"
#include "host/config_dirs.hpp"
#include "host/sysctl.hpp"

namespace forkmend::host {

namespace {

constexpr std::string_view kSysctlConf = "/etc/sysctl.conf";

enum class KeyMatch { none, by_name, by_pattern };

/// "vm.overcommit_memory", "vm/overcommit_memory" and patterns such as "vm.*" alike.
KeyMatch match_key(std::string_view spelled, const std::string& path) {
  const std::string pattern = sysctl_path(spelled);
  if (pattern == path) return KeyMatch::by_name;
  if (pattern.find_first_of("*?[") == std::string::npos) return KeyMatch::none;
  return fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME) == 0 ? KeyMatch::by_pattern
                                                                   : KeyMatch::none;
}

struct Found {
  std::vector<SysctlAssignment> by_name;
  std::vector<SysctlAssignment> by_pattern;
  bool excluded = false;  ///< "-key" without a value: patterns leave it alone
};

void scan_line(std::string_view text, std::size_t number, const std::string& file,
               const std::string& path, Found& found) {
  std::string_view line = trim(text);
  if (line.empty() || line.front() == '#' || line.front() == ';') return;
  const bool ignores_errors = line.front() == '-';
  if (ignores_errors) line.remove_prefix(1);
  const std::size_t equals = line.find('=');
  const KeyMatch match = match_key(trim(line.substr(0, equals)), path);
  if (match == KeyMatch::none) return;
  if (equals == std::string_view::npos) {
    found.excluded = found.excluded || ignores_errors;
    return;
  }
  SysctlAssignment assignment{.file = file,
                              .line = number,
                              .value = std::string(trim(line.substr(equals + 1))),
                              .ignores_errors = ignores_errors};
  auto& list = match == KeyMatch::by_name ? found.by_name : found.by_pattern;
  list.push_back(std::move(assignment));
}

Result<void> scan_file(const Root& root, const std::string& file, const std::string& path,
                       Found& found) {
  auto text = root.read(file);
  if (!text) return text.error();
  std::size_t number = 0;
  for (const std::string_view line : lines_of(*text)) scan_line(line, ++number, file, path, found);
  return ok();
}

bool leads_to_sysctl_conf(const Root& root, const std::string& file) {
  const auto link = root.read_link(file);
  if (!link) return false;
  const std::filesystem::path target(*link);
  const auto whole =
      target.is_absolute() ? target : std::filesystem::path(file).parent_path() / target;
  return whole.lexically_normal() == kSysctlConf;
}

}  // namespace

SysctlOrder sysctl_order(const Root& root, std::string_view key) {
  SysctlOrder order;
  Found found;
  const std::string path = sysctl_path(key);
  DropIns drop_ins = drop_in_files(root, "sysctl.d");
  order.problems = std::move(drop_ins.problems);
  bool reads_sysctl_conf = false;
  for (const std::string& file : drop_ins.files) {
    reads_sysctl_conf = reads_sysctl_conf || leads_to_sysctl_conf(root, file);
    if (auto read = scan_file(root, file, path, found); !read) {
      order.problems.push_back(read.error());
    }
  }
  // A name beats a pattern, wherever it stands.
  order.assignments = std::move(found.by_name);
  if (order.assignments.empty() && !found.excluded) order.assignments = std::move(found.by_pattern);
  if (!order.assignments.empty()) order.winner = order.assignments.back();
  if (!reads_sysctl_conf) {
    Found alone;
    auto read = scan_file(root, std::string(kSysctlConf), path, alone);
    if (!read && read.error().code != Errc::not_found) order.problems.push_back(read.error());
    order.ignored = std::move(alone.by_name);
  }
  return order;
}

}  // namespace forkmend::host
