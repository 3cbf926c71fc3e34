// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "base/text.hpp"
#include "redis/log_source.hpp"

namespace forkmend::redis {

namespace {

namespace json = boost::json;

constexpr std::size_t kIdLength = 64;

/// data-root of dockerd's configuration (before 17.05: graph).
std::string docker_directory(const host::Root& root) {
  constexpr std::size_t kLimit = std::size_t{64} << 10U;
  const auto text = root.read("/etc/docker/daemon.json", kLimit);
  boost::system::error_code failure;
  const json::value config = text ? json::parse(*text, failure) : json::value();
  if (!failure && config.is_object()) {
    for (const char* name : {"data-root", "graph"}) {
      const json::value* value = config.get_object().if_contains(name);
      const json::string* path = value != nullptr ? value->if_string() : nullptr;
      if (path != nullptr && path->starts_with('/')) return {path->data(), path->size()};
    }
  }
  return "/var/lib/docker";
}

/// Where links of the kubelet lead: containers/ -> pods/ -> (with Docker) Docker's own file.
std::string follow(const host::Root& root, std::string path) {
  constexpr int kMaxLinks = 4;
  for (int links = 0; links < kMaxLinks; ++links) {
    const auto status = root.status(path);
    if (!status || !status->is_symlink()) break;
    auto target = root.read_link(path);
    if (!target || !target->starts_with('/')) break;
    path = std::move(*target);
  }
  return path;
}

/// "/var/log/containers/POD_NAMESPACE_CONTAINER-ID.log"
std::string kubernetes_file(const host::Root& root, const std::string& id) {
  constexpr const char* kDirectory = "/var/log/containers";
  const auto names = root.list(kDirectory);
  if (!names) return {};
  const auto found = std::ranges::find_if(
      *names, [&](const std::string& name) { return name.ends_with("-" + id + ".log"); });
  return found == names->end() ? "" : follow(root, std::string(kDirectory) + "/" + *found);
}

}  // namespace

std::optional<std::string> container_id(std::string_view cgroup_path) {
  // The innermost one: Docker in Docker has several.
  std::optional<std::string> id;
  std::size_t length = 0;
  for (std::size_t at = 0; at <= cgroup_path.size(); ++at) {
    if (at < cgroup_path.size() && is_hex_digit(cgroup_path[at])) {
      ++length;
      continue;
    }
    if (length == kIdLength) id = std::string(cgroup_path.substr(at - kIdLength, kIdLength));
    length = 0;
  }
  return id;
}

std::vector<LogSource> find_container_files(const host::Root& root, const std::string& id) {
  std::vector<LogSource> found;
  std::string docker = docker_directory(root);
  docker.append("/containers/").append(id).append("/").append(id).append("-json.log");
  const std::string podman =
      "/var/lib/containers/storage/overlay-containers/" + id + "/userdata/ctr.log";
  for (const std::string& path : {docker, kubernetes_file(root, id), podman}) {
    const auto status =
        path.empty() ? Result<host::FileStatus>(host::FileStatus{}) : root.status(path);
    if (!status || !status->is_regular()) continue;
    found.push_back({.keeper = LogKeeper::container_file, .name = path, .path = path});
  }
  return found;
}

}  // namespace forkmend::redis
