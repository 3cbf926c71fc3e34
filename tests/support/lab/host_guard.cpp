// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "support/lab/host_guard.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "base/text.hpp"
#include "support/lab/program.hpp"

namespace forkmend::testing {

namespace fs = std::filesystem;

namespace {

// On the disk, not in /run or /tmp: it must outlive a reboot in the middle of a test.
constexpr const char* kRecord = "/var/tmp/forkmend-host-guard.record";

constexpr std::string_view kMounted = "mounted";
constexpr std::string_view kSwap = "swap";

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool put_value(const std::string& path, const std::string& value) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool good = write(fd, value.data(), value.size()) == static_cast<ssize_t>(value.size());
  close(fd);
  return good;
}

/// What to write so that the file has this content again: sysfs shows "always [madvise] never".
std::string writable(const std::string& content) {
  const auto open_at = content.find('[');
  const auto close_at = content.find(']');
  if (open_at != std::string::npos && close_at > open_at) {
    return content.substr(open_at + 1, close_at - open_at - 1);
  }
  return content;
}

void append_record(const std::string& path, const std::string& old) {
  const int fd = open(kRecord, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  const std::string line = path + "\t" + old + "\n";
  if (fd < 0 || write(fd, line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
      fsync(fd) != 0) {
    throw std::runtime_error(std::string("cannot record in ") + kRecord);
  }
  close(fd);
}

void put_back(const std::string& path, const std::string& old) {
  if (trim(old) == kMounted) {
    umount2(path.c_str(), MNT_DETACH);
  } else if (trim(old) == kSwap) {
    swapoff(path.c_str());
    unlink(path.c_str());
  } else if (old.empty()) {
    rmdir(path.c_str());
  } else if (writable(read_text(path)) != old) {
    // One of overcommit_ratio and overcommit_kbytes is always 0; writing the 0 would zero the
    // other.
    const bool paired = path.ends_with("overcommit_ratio") || path.ends_with("overcommit_kbytes");
    if (!(paired && old == "0\n")) put_value(path, old);
  }
}

void mend_leftovers() {
  std::istringstream record(read_text(kRecord));
  std::vector<std::pair<std::string, std::string>> all;
  for (std::string line; std::getline(record, line);) {
    const auto tab = line.find('\t');
    if (tab != std::string::npos) {
      const std::string old = line.substr(tab + 1);
      all.emplace_back(line.substr(0, tab), old.empty() ? old : old + "\n");
    }
  }
  for (auto one = all.rbegin(); one != all.rend(); ++one) put_back(one->first, one->second);
  unlink(kRecord);
}

std::string stamp_of(const fs::directory_entry& entry) {
  struct stat status{};
  lstat(entry.path().c_str(), &status);
  std::ostringstream out;
  out << std::oct << status.st_mode << std::dec << ' ' << status.st_uid << ' ' << status.st_gid
      << ' ';
  if (S_ISLNK(status.st_mode)) out << "-> " << fs::read_symlink(entry.path()).string();
  if (S_ISREG(status.st_mode)) out << std::hash<std::string>()(read_text(entry.path()));
  return out.str();
}

}  // namespace

HostGuard::HostGuard() {
  const char* disposable = std::getenv("FORKMEND_DISPOSABLE_HOST");
  if (disposable == nullptr || std::string(disposable) != "1" || geteuid() != 0) {
    throw std::runtime_error("host tests need root and FORKMEND_DISPOSABLE_HOST=1");
  }
  mend_leftovers();
}

HostGuard::~HostGuard() {
  for (auto one = undo_.rbegin(); one != undo_.rend(); ++one) put_back(one->first, one->second);
  unlink(kRecord);
}

void HostGuard::write(const std::string& path, const std::string& value) {
  // The pair is recorded together: writing one zeroes the other.
  std::vector<std::string> recorded = {path};
  if (path == "/proc/sys/vm/overcommit_kbytes") recorded = {path, "/proc/sys/vm/overcommit_ratio"};
  if (path == "/proc/sys/vm/overcommit_ratio") recorded = {path, "/proc/sys/vm/overcommit_kbytes"};
  for (const auto& one : recorded) {
    std::string old = writable(read_text(one));
    if (!old.ends_with('\n')) old += '\n';
    append_record(one, old.substr(0, old.size() - 1));
    undo_.emplace_back(one, old);
  }
  if (!put_value(path, value)) throw std::runtime_error("cannot write " + path);
}

void HostGuard::make_cgroup(const std::string& path) {
  append_record(path, "");
  undo_.emplace_back(path, "");
  fs::create_directory(path);
}

void HostGuard::clear_swap(const std::string& path) {
  append_record(path, std::string(kSwap));
  undo_.emplace_back(path, kSwap);
}

void HostGuard::mount(const std::vector<std::string>& words, const std::string& path) {
  append_record(path, std::string(kMounted));
  undo_.emplace_back(path, kMounted);
  std::vector<std::string> argv = {"mount"};
  argv.insert(argv.end(), words.begin(), words.end());
  argv.push_back(path);
  const auto result = run_program(argv);
  if (result.exit_code != 0) throw std::runtime_error("mount " + path + ": " + result.err);
}

std::map<std::string, std::string> host_snapshot() {
  std::map<std::string, std::string> all;
  for (const char* name : {"vm/overcommit_memory", "vm/overcommit_ratio", "vm/overcommit_kbytes",
                           "vm/swappiness", "vm/admin_reserve_kbytes", "vm/user_reserve_kbytes",
                           "kernel/threads-max", "kernel/pid_max"}) {
    const std::string path = std::string("/proc/sys/") + name;
    all[path] = read_text(path);
  }
  all["/proc/swaps"] = read_text("/proc/swaps");
  for (const auto& entry :
       fs::recursive_directory_iterator("/sys/kernel/mm/transparent_hugepage")) {
    const std::string path = entry.path();
    if (path.ends_with("enabled") || path.ends_with("defrag")) all[path] = read_text(path);
  }
  for (const auto& entry : fs::recursive_directory_iterator("/etc")) {
    all[entry.path()] = stamp_of(entry);
  }
  return all;
}

std::string difference(const std::map<std::string, std::string>& before,
                       const std::map<std::string, std::string>& after) {
  std::string out;
  for (const auto& [path, value] : before) {
    const auto found = after.find(path);
    if (found == after.end()) {
      out += path + " is gone\n";
    } else if (found->second != value) {
      out.append(path).append(": ").append(value).append(" -> ").append(found->second).append("\n");
    }
  }
  for (const auto& [path, value] : after) {
    if (!before.contains(path)) out += path + " is new\n";
  }
  return out;
}

std::string pids_root() {
  const bool apart = std::filesystem::exists("/sys/fs/cgroup/pids/cgroup.procs");
  return apart ? "/sys/fs/cgroup/pids" : "/sys/fs/cgroup";
}

long long meminfo_bytes(const std::string& field) {
  std::istringstream text(read_text("/proc/meminfo"));
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with(field + ":")) return std::stoll(line.substr(field.size() + 1)) * 1024;
  }
  throw std::runtime_error("no " + field + " in /proc/meminfo");
}

}  // namespace forkmend::testing
