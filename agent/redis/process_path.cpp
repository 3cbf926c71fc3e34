// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/process_path.hpp"

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "host/process.hpp"

namespace forkmend::redis {

namespace {

constexpr int kMaxLinks = 40;  // MAXSYMLINKS of include/linux/namei.h
constexpr std::size_t kMaxPath = 4096;

/// A tree of files: what stands before every absolute path of it for us.
struct Tree {
  std::string base;          ///< "" or "/proc/PID/root" or a chroot's directory
  bool same_mounts = false;  ///< paths that the kernel prints are paths of ours
};

/// Without rights on the process's links: a process without a pid namespace of its own is taken
/// for one of the host itself.
Result<Tree> guessed_tree(const host::Root& root, std::int64_t pid, const Error& refused) {
  const auto status = host::read_status(root, pid);
  if (!status) return status.error();
  if (status->namespace_pids.size() == 1) return Tree{"", true};
  return refused.during("finding out which files the process sees");
}

Result<Tree> tree_of(const host::Root& root, std::int64_t pid) {
  const std::string root_link = host::proc_path(pid, "root");
  const auto theirs = root.read_link(host::proc_path(pid, "ns/mnt"));
  const auto ours = root.read_link("/proc/self/ns/mnt");
  if (!theirs) return guessed_tree(root, pid, theirs.error());
  if (!ours) return guessed_tree(root, pid, ours.error());
  const auto top = root.read_link(root_link);
  if (*theirs != *ours) return Tree{root_link, false};
  if (!top) return guessed_tree(root, pid, top.error());
  return Tree{*top == "/" ? "" : *top, true};
}

void push_front(std::deque<std::string>& parts, std::string_view path) {
  const auto words = split(path, '/');
  for (auto word = words.rbegin(); word != words.rend(); ++word) {
    if (!word->empty() && *word != ".") parts.emplace_front(*word);
  }
}

std::string joined(const std::string& base, const std::vector<std::string>& parts) {
  std::string path = base;
  for (const std::string& part : parts) path.append("/").append(part);
  return path.empty() ? "/" : path;
}

constexpr std::uint32_t kOthersWrite = 022;

/// A link has no mode of its own: who may replace it is who may write to its directory.
void note_owner(WalkedPath& walked, const host::FileStatus& status, const std::string& here) {
  const bool open = !status.is_symlink() && (status.mode & kOthersWrite) != 0;
  if ((status.uid != 0 || open) && !walked.not_roots) walked.not_roots = here;
}

/// What open() would do if base were the root directory.
Result<WalkedPath> resolve(const host::Root& root, const std::string& base, std::string_view path) {
  std::deque<std::string> ahead;
  std::vector<std::string> done;
  WalkedPath walked;
  int links = 0;
  push_front(ahead, path);
  // /proc/PID/root is a link, which says nothing of the directory that it means.
  const auto top = root.status(base.empty() ? "/" : base);
  if (top && top->is_directory()) note_owner(walked, *top, base.empty() ? "/" : base);
  while (!ahead.empty()) {
    const std::string part = std::move(ahead.front());
    ahead.pop_front();
    if (part == "..") {
      if (!done.empty()) done.pop_back();
      continue;
    }
    done.push_back(part);
    const std::string here = joined(base, done);
    const auto status = root.status(here);
    if (status && (status->is_symlink() || status->is_directory())) {
      note_owner(walked, *status, here);
    }
    if (!status || !status->is_symlink()) continue;
    const auto target = root.read_link(here);
    if (!target) return target.error();
    if (++links > kMaxLinks || target->size() + here.size() > kMaxPath) {
      return Error{Errc::invalid, "too many symbolic links in " + std::string(path)};
    }
    done.pop_back();
    if (target->starts_with('/')) done.clear();
    push_front(ahead, *target);
  }
  walked.path = joined(base, done);
  return walked;
}

}  // namespace

Result<std::string> path_of_process(const host::Root& root, std::int64_t pid,
                                    std::string_view path) {
  auto walked = walk_path_of_process(root, pid, path);
  if (!walked) return walked.error();
  return std::move(walked->path);
}

Result<WalkedPath> walk_path_of_process(const host::Root& root, std::int64_t pid,
                                        std::string_view path) {
  if (path.empty() || path.size() > kMaxPath || path.find('\0') != std::string_view::npos) {
    return Error{Errc::invalid, "not a path: \"" + printable(path, 80) + "\""};
  }
  const auto tree = tree_of(root, pid);
  if (!tree) return tree.error();
  if (path.starts_with('/')) return resolve(root, tree->base, path);
  const auto directory = root.read_link(host::proc_path(pid, "cwd"));
  if (!directory) return directory.error();
  if (!directory->starts_with('/') || directory->ends_with(" (deleted)")) {
    return Error{Errc::not_found, "the working directory of process " + std::to_string(pid) +
                                      " is gone: " + printable(*directory, 200)};
  }
  // The kernel prints the directory as seen from our root where the mounts are the same.
  const std::string base = tree->same_mounts ? "" : tree->base;
  return resolve(root, base, *directory + "/" + std::string(path));
}

}  // namespace forkmend::redis
