// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/child_facts.hpp"

#include <string>
#include <vector>

#include "base/text.hpp"
#include "host/process.hpp"

namespace forkmend::host {

namespace {

/// Redis forks in its main thread, whose list this is.
std::string children_path(std::int64_t pid) {
  return proc_path(pid, "task/" + std::to_string(pid) + "/children");
}

Result<ProcessStat> newest_child(const Root& root, std::int64_t pid) {
  const auto list = root.read(children_path(pid));
  if (!list) return list.error();
  std::optional<ProcessStat> newest;
  for (const std::string_view word : split_blanks(*list)) {
    const auto child = parse_integer(word);
    if (!child) continue;
    const auto stat = read_stat(root, *child);
    // One that ended since, and whose number may be another's by now, is not ours.
    if (!stat || stat->parent != pid) continue;
    if (!newest || stat->start_time >= newest->start_time) newest = *stat;
  }
  if (!newest) return Error{Errc::not_found, "it has no child"};
  return *newest;
}

}  // namespace

void put_child_facts(FactWriter& writer, const Root& root, std::int64_t pid) {
  const std::string source = children_path(pid);
  const auto child = newest_child(root, pid);
  if (!child) {
    for (const std::string_view name :
         {"instance.child.pid", "instance.child.start_time", "instance.child.state"}) {
      if (child.error().code == Errc::not_found && root.exists(source)) {
        // Its list was read, and is empty.
        writer.miss(name, FactState::not_applicable, source, child.error().message);
      } else {
        writer.miss(name, child.error(), source);
      }
    }
    return;
  }
  const std::string stat = proc_path(child->pid, "stat");
  writer.put("instance.child.pid", child->pid, source);
  writer.put("instance.child.start_time", static_cast<std::int64_t>(child->start_time), stat);
  writer.put("instance.child.state", std::string(1, child->state), stat);
}

}  // namespace forkmend::host
