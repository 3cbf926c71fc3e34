// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace forkmend::testing {

/// Puts the host back as it was, on every way out. Each change is recorded on disk before it is
/// made; what a killed test left is mended by the next guard (any process) that is made.
class HostGuard {
 public:
  /// Mends what an earlier, killed test left. Throws unless this is a disposable host and we are
  /// root.
  HostGuard();
  ~HostGuard();
  HostGuard(const HostGuard&) = delete;
  HostGuard& operator=(const HostGuard&) = delete;

  /// Writes a /proc/sys or /sys file.
  void write(const std::string& path, const std::string& value);
  /// Makes a cgroup directory, removed at the end (its processes are the caller's to end).
  void make_cgroup(const std::string& path);
  /// Makes a directory, removed at the end when it is empty.
  void make_directory(const std::string& path) { make_cgroup(path); }
  /// At the end nothing of that name is in use as swap, or there at all.
  void clear_swap(const std::string& path);
  /// Runs `mount WORDS... path`, unmounted at the end. The directory (or file) has to be there.
  void mount(const std::vector<std::string>& words, const std::string& path);

 private:
  std::vector<std::pair<std::string, std::string>>
      undo_;  ///< path -> old content; "" = remove; or a word: unmount, swapoff
};

/// Everything that a forkmend fix could touch, as one map: vm.* and kernel.* sysctls, THP, swaps,
/// and the whole /etc tree (path, mode, content hash). Two equal maps: the host is byte-identical.
[[nodiscard]] std::map<std::string, std::string> host_snapshot();

/// Where the two differ, one line each.
[[nodiscard]] std::string difference(const std::map<std::string, std::string>& before,
                                     const std::map<std::string, std::string>& after);

/// The hierarchy that has the pids controller: v1 apart, or v2.
[[nodiscard]] std::string pids_root();

/// Field of /proc/meminfo in bytes.
[[nodiscard]] long long meminfo_bytes(const std::string& field);

}  // namespace forkmend::testing
