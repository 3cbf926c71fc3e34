// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <array>
#include <optional>

#include "base/text.hpp"
#include "host/system.hpp"

namespace forkmend::host {

namespace {

using Found = std::optional<std::string>;

struct Mark {
  std::string_view part;
  std::string_view manager;
};

/// Parts of a cgroup path that only a container manager makes.
constexpr std::array<Mark, 8> kCgroupMarks = {{{"/kubepods", "kubernetes"},
                                               {"/docker/", "docker"},
                                               {"/docker-", "docker"},
                                               {"/libpod-", "podman"},
                                               {"/crio-", "cri-o"},
                                               {"cri-containerd", "containerd"},
                                               {"/lxc/", "lxc"},
                                               {"/lxc.payload", "lxc"}}};

/// One word in a file that a container manager leaves for us.
Found by_note(const Root& root, std::string_view path) {
  const auto text = root.read(path, 4096);
  const std::string_view word = text ? trim(*text) : std::string_view();
  return word.empty() ? Found() : Found(printable(word, 60));
}

Found by_environment(const Root& root) {
  constexpr std::string_view kName = "container=";
  const auto text = root.read("/proc/1/environ");
  if (!text) return std::nullopt;
  for (const std::string_view entry : split(*text, '\0')) {
    if (entry.starts_with(kName) && entry.size() > kName.size()) {
      return printable(entry.substr(kName.size()), 60);
    }
  }
  return std::nullopt;
}

Found by_cgroup(const Root& root) {
  const auto text = root.read("/proc/self/cgroup");
  if (!text) return std::nullopt;
  for (const Mark& mark : kCgroupMarks) {
    if (text->find(mark.part) != std::string::npos) return std::string(mark.manager);
  }
  return std::nullopt;
}

/// Numbers of the first namespaces: PROC_PID_INIT_INO and PROC_CGROUP_INIT_INO.
Result<Found> by_namespace(const Root& root) {
  auto pid = root.read_link("/proc/self/ns/pid");
  if (!pid) return pid.error();
  if (*pid != "pid:[4026531836]") return Found("namespace");
  const auto cgroup = root.read_link("/proc/self/ns/cgroup");
  if (cgroup && *cgroup != "cgroup:[4026531835]") return Found("namespace");
  return Found();
}

/// We see the files of PID 1 of the initial pid namespace: then /.dockerenv is a leftover of the
/// image that this machine was made from, not a container. Where PID 1 may not be looked at, the
/// number of the first mount namespace tells (MNT_NS_INIT_INO, fixed since 6.18).
bool in_the_first_mount_namespace(const Root& root) {
  const auto pid = root.read_link("/proc/self/ns/pid");
  if (!pid || *pid != "pid:[4026531836]") return false;
  const auto ours = root.read_link("/proc/self/ns/mnt");
  if (!ours) return false;
  const auto first = root.read_link("/proc/1/ns/mnt");
  return first ? *ours == *first : *ours == "mnt:[4026531832]";
}

/// Files that a container manager puts into the container's tree.
Found by_file(const Root& root) {
  if (in_the_first_mount_namespace(root)) return std::nullopt;
  if (root.exists("/run/.containerenv")) return "podman";
  if (root.exists("/.dockerenv")) return "docker";
  return std::nullopt;
}

}  // namespace

Result<std::string> detect_container(const Root& root) {
  if (root.exists("/proc/vz") && !root.exists("/proc/bc")) return std::string("openvz");
  if (auto manager = by_note(root, "/run/host/container-manager")) return *manager;
  if (auto manager = by_environment(root)) return *manager;
  if (auto manager = by_note(root, "/run/systemd/container")) return *manager;
  if (auto manager = by_file(root)) return *manager;
  if (auto manager = by_cgroup(root)) return *manager;
  auto manager = by_namespace(root);
  if (manager) return manager->value_or("none");
  // Kernels before 3.8 have no such links; then what PID 1 was started with decides.
  if (root.exists("/proc/1/environ") && root.read("/proc/1/environ")) return std::string("none");
  return manager.error();
}

}  // namespace forkmend::host
