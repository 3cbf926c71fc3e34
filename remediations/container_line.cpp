// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/container_line.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.hpp"

namespace forkmend::remediations {

namespace {

struct Runtime {
  std::string_view prefix;  ///< of "docker-ID.scope"
  std::string_view folder;  ///< of ".../docker/ID", without systemd as the cgroup driver
  std::string_view program;
};

constexpr std::array<Runtime, 2> kRuntimes = {
    {{"docker-", "docker", "docker"}, {"libpod-", "libpod_parent", "podman"}}};

constexpr std::size_t kShortId = 12;

bool is_id(std::string_view text) {
  return text.size() >= kShortId && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

/// The id in the name of a component, whose parent's name is given; empty when it is no container.
std::string_view id_of(const Runtime& runtime, std::string_view parent, std::string_view name) {
  constexpr std::string_view kScope = ".scope";
  if (name.starts_with(runtime.prefix)) {
    name.remove_prefix(runtime.prefix.size());
    if (name.ends_with(kScope)) name.remove_suffix(kScope.size());
    return is_id(name) ? name : "";
  }
  return parent == runtime.folder && is_id(name) ? name : "";
}

std::string update_line(const Runtime& runtime, std::string_view id, const ContainerLimit& limit) {
  const std::string program(runtime.program);
  return program + " made it; to keep the limit run: " + program + " update " +
         std::string(limit.docker) + " " + std::string(id.substr(0, kShortId));
}

}  // namespace

std::optional<std::string> container_line(std::string_view cgroup, const ContainerLimit& limit) {
  if (cgroup.find("kubepods") != std::string_view::npos) {
    return "the kubelet owns it and sets its own value again; for good run: kubectl set resources "
           "KIND/NAME -c CONTAINER " +
           std::string(limit.kubernetes);
  }
  const auto parts = split(cgroup, '/');
  for (std::size_t i = 1; i < parts.size(); ++i) {
    for (const Runtime& runtime : kRuntimes) {
      const std::string_view id = id_of(runtime, parts[i - 1], parts[i]);
      if (!id.empty()) return update_line(runtime, id, limit);
    }
  }
  return std::nullopt;
}

}  // namespace forkmend::remediations
