// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.hpp"
#include "engine/kernel_file.hpp"
#include "engine/memory_cut.hpp"
#include "engine/step_access.hpp"

namespace forkmend::engine {

namespace {

/// Limits only: nothing here may move or kill a process.
constexpr std::array<std::string_view, 9> kLimitFiles = {"pids.max",
                                                         "memory.max",
                                                         "memory.high",
                                                         "memory.low",
                                                         "memory.min",
                                                         "memory.swap.max",
                                                         "memory.oom.group",
                                                         "memory.limit_in_bytes",
                                                         "memory.memsw.limit_in_bytes"};

Result<void> check_limit_file(const std::string& path) {
  auto plain = check_below(path, "/sys/fs/cgroup");
  if (!plain) return plain;
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  if (std::ranges::find(kLimitFiles, name) != kLimitFiles.end()) return ok();
  return Error{Errc::invalid, printable(path) + " is not a limit of the memory or pids controller"};
}

}  // namespace

Result<StepValue> read_cgroup_step(const host::Root& root, const std::string& path) {
  const auto limit = check_limit_file(path);
  if (!limit) return limit.error();
  const auto content = root.read(path);
  if (content) return StepValue(std::string(trim(*content)));
  if (content.error().code == Errc::not_found) return StepValue();
  return content.error();
}

std::uint64_t cgroup_inode(const host::Root& root, const std::string& path) {
  if (!check_limit_file(path)) return 0;
  const auto status = root.status(path.substr(0, path.rfind('/')));
  return status ? status->inode : 0;
}

Result<void> write_cgroup_step(const host::Root& root, const std::string& path,
                               const std::string& value) {
  auto limit = check_limit_file(path);
  if (!limit) return limit;
  auto survived = check_memory_cut(root, path, value);
  if (!survived) return survived.error().during("lowering " + printable(path));
  return write_kernel_file(root, path, KernelFileSystem::cgroup, value);
}

}  // namespace forkmend::engine
