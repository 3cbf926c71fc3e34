// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host_knobs.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <stdexcept>

#include "base/text.hpp"
#include "support/lab/program.hpp"

namespace forkmend::bench {

namespace {

constexpr const char* kMode = "/proc/sys/vm/overcommit_memory";
constexpr const char* kKbytes = "/proc/sys/vm/overcommit_kbytes";
constexpr const char* kPlenty = "1099511627776";  // 1 PiB in KiB

/// A server's own child may outlive it for a moment.
void empty(const std::string& cgroup) {
  constexpr int kMostTries = 200;
  for (int i = 0; i < kMostTries; ++i) {
    const std::string text = testing::read_file(cgroup + "/cgroup.procs");
    const auto pids = lines_of(text);
    if (pids.empty()) return;
    for (const std::string_view pid : pids) {
      const auto number = parse_integer(pid);
      if (number.value_or(0) > 0) kill(static_cast<pid_t>(*number), SIGKILL);
    }
    usleep(10'000);
  }
}

}  // namespace

void write_knob(const std::string& path, const std::string& value) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  const bool good =
      fd >= 0 && write(fd, value.data(), value.size()) == static_cast<ssize_t>(value.size());
  if (fd >= 0) close(fd);
  if (!good) throw std::runtime_error("cannot write " + value + " to " + path);
}

std::int64_t read_knob(const std::string& path) {
  const std::string text = testing::read_file(path);
  const auto number = parse_integer(trim(text));
  if (!number) throw std::runtime_error("no number in " + path);
  return *number;
}

HostKnobs::HostKnobs(testing::HostGuard& guard) {
  guard.write(kMode, std::string(trim(testing::read_file(kMode))));
  guard.write(kKbytes, kPlenty);
  const bool apart = std::filesystem::exists("/sys/fs/cgroup/pids/cgroup.procs");
  outer_ = std::string(apart ? "/sys/fs/cgroup/pids" : "/sys/fs/cgroup") + "/forkmend-accuracy";
  inner_ = outer_ + "/inner";
  guard.make_cgroup(outer_);
  guard.make_cgroup(inner_);
  if (std::filesystem::exists("/sys/fs/cgroup/memory/memory.limit_in_bytes")) {
    memory_ = "/sys/fs/cgroup/memory/forkmend-accuracy";
    guard.make_cgroup(memory_);
  }
}

HostKnobs::~HostKnobs() {
  for (const std::string& cgroup : {inner_, outer_, memory_}) {
    if (!cgroup.empty()) empty(cgroup);
  }
}

void HostKnobs::set_mode(int mode) {
  if (mode == mode_) return;
  write_knob(kMode, std::to_string(mode));
  mode_ = mode;
}

void HostKnobs::limit_commit(std::int64_t bytes) {
  write_knob(kKbytes, std::to_string(bytes / 1024));
}

void HostKnobs::free_commit() {
  write_knob(kKbytes, kPlenty);
}

}  // namespace forkmend::bench
