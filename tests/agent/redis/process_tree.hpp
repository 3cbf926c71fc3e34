// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "support/temp_dir.hpp"

namespace forkmend::redis::testing {

/// A process to write into a tree's /proc, as a server of the host itself unless told otherwise.
struct FakeProcess {
  std::int64_t pid = 812;
  std::int64_t parent = 1;
  std::uint64_t start_time = 5000;
  std::string comm = "redis-server";
  std::string exe = "/usr/bin/redis-server";  ///< empty: unreadable
  std::string cmdline = "redis-server 127.0.0.1:6379";
  std::string namespace_pids = "812";
  std::vector<std::uint64_t> sockets;  ///< inodes it holds
  bool descriptors = true;             ///< /proc/PID/fd is there
  std::string net = "net:[4026531840]";
  std::string mnt = "mnt:[4026531841]";
  std::string cwd = "/var/lib/redis";
  std::uint32_t uid = 999;
};

inline void add_process(forkmend::testing::HostTree& tree, const FakeProcess& process) {
  const std::string pid = std::to_string(process.pid);
  const std::string at = "/proc/" + pid + "/";
  const std::string uid = "\t" + std::to_string(process.uid);
  const std::string uids = uid + uid + uid + uid;
  tree.write(at + "stat", pid + " (" + process.comm + ") S " + std::to_string(process.parent) +
                              " 1 1 0 -1 4194560 100 0 0 0 1 1 0 0 20 0 5 0 " +
                              std::to_string(process.start_time) + " 1000 100 0\n");
  tree.write(at + "status", "Name:\t" + process.comm + "\nPid:\t" + pid + "\nPPid:\t" +
                                std::to_string(process.parent) + "\nUid:" + uids +
                                "\nThreads:\t5\nNSpid:\t" + process.namespace_pids + "\n");
  tree.write(at + "cmdline", process.cmdline + std::string(1, '\0'));
  if (!process.exe.empty()) tree.write(at + "exe", "-> " + process.exe);
  tree.write(at + "cwd", "-> " + process.cwd);
  tree.write(at + "ns/net", "-> " + process.net);
  tree.write(at + "ns/mnt", "-> " + process.mnt);
  if (process.mnt == "mnt:[4026531841]") tree.write(at + "root", "-> /");
  if (!process.descriptors) return;
  tree.write(at + "fd/0", "-> /dev/null");
  std::size_t number = 6;
  for (const std::uint64_t inode : process.sockets) {
    tree.write(at + "fd/" + std::to_string(number++), "-> socket:[" + std::to_string(inode) + "]");
  }
}

/// A line of /proc/net/tcp or tcp6 for a listening socket; the address as the kernel prints it.
inline std::string listening(std::string_view address, std::string_view port, std::uint64_t inode) {
  const std::string nobody(address.size(), '0');
  return "   0: " + std::string(address) + ":" + std::string(port) + " " + nobody +
         ":0000 0A 00000000:00000000 00:00000000 00000000   999        0 " + std::to_string(inode) +
         " 1 0000000000000000 100 0 0 10 0\n";
}

inline constexpr std::string_view kTcpHead =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode\n";
inline constexpr std::string_view kUnixHead =
    "Num       RefCount Protocol Flags    Type St Inode Path\n";

/// Addresses as /proc/net/tcp has them, on a machine of either byte order that tests run on.
inline constexpr std::string_view kLoopback = "0100007F";
inline constexpr std::string_view kAny = "00000000";
inline constexpr std::string_view kLan = "0500000A";  // 10.0.0.5
inline constexpr std::string_view kAny6 = "00000000000000000000000000000000";
inline constexpr std::string_view kLoopback6 = "00000000000000000000000001000000";
inline constexpr std::string_view kMappedLoopback = "0000000000000000FFFF00000100007F";
inline constexpr std::string_view kPort6379 = "18EB";
inline constexpr std::string_view kPort6380 = "18EC";
inline constexpr std::string_view kPort16379 = "3FFB";

/// Spares a test the choice between the constructors when there is one file only.
inline forkmend::testing::HostTree tree_of(const std::map<std::string, std::string>& files) {
  return {files};
}

/// A host whose own namespaces are the ones of FakeProcess; listening sockets as given.
inline forkmend::testing::HostTree host_with(const std::string& tcp, const std::string& tcp6 = "",
                                             const std::string& unix_sockets = "") {
  return forkmend::testing::HostTree(
      {{"/proc/self/ns/net", "-> net:[4026531840]"},
       {"/proc/self/ns/mnt", "-> mnt:[4026531841]"},
       {"/proc/self/net/tcp", std::string(kTcpHead) + tcp},
       {"/proc/self/net/tcp6", std::string(kTcpHead) + tcp6},
       {"/proc/self/net/unix", std::string(kUnixHead) + unix_sockets}});
}

/// The socket tables that a process sees.
inline void add_sockets(forkmend::testing::HostTree& tree, std::int64_t pid, const std::string& tcp,
                        const std::string& tcp6 = "", const std::string& unix_sockets = "") {
  const std::string at = "/proc/" + std::to_string(pid) + "/net/";
  tree.write(at + "tcp", std::string(kTcpHead) + tcp);
  tree.write(at + "tcp6", std::string(kTcpHead) + tcp6);
  tree.write(at + "unix", std::string(kUnixHead) + unix_sockets);
}

}  // namespace forkmend::redis::testing
