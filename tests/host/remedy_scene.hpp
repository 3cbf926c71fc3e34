// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "integration/server_remedy.hpp"
#include "support/lab/host_guard.hpp"

namespace forkmend::testing {

/// A real server in real trouble, for one row of the table of remedies.
class RemedyScene {
 public:
  RemedyScene() = default;

  void start(const std::vector<std::string>& arguments = {}, const std::string& conf = kConf);
  [[nodiscard]] ServerRemedy& server() { return *server_; }
  /// One more, of the same user.
  const RedisServer& start_other(const std::vector<std::string>& arguments);
  HostGuard& guard() { return guard_; }
  /// Its content, or that it is not there, belongs to what has to come back.
  void watch(const std::string& path) { watched_.push_back(path); }
  /// Everything that the remedies could touch: the host, the cgroups and files that are watched,
  /// the server's settings, limits and configuration file.
  [[nodiscard]] std::map<std::string, std::string> snapshot() const;

  /// What the row's remedy is given beside its defaults.
  Settings settings;

  static constexpr const char* kConf = "# of the operator\nsave 3600 1\nmaxmemory 0\n";

 private:
  HostGuard guard_;
  std::vector<std::unique_ptr<RedisServer>> others_;
  std::unique_ptr<ServerRemedy> server_;
  std::vector<std::string> watched_;
};

// What the rows begin with.
void all_is_well(RemedyScene& scene);
void strict_limit_refuses(RemedyScene& scene);
void huge_pages_always(RemedyScene& scene);
void filled_with_ttl(RemedyScene& scene);
void memory_freed(RemedyScene& scene);
void replica_is_there(RemedyScene& scene);
void replica_persists(RemedyScene& scene);
void fewer_saves(RemedyScene& scene);
void nproc_refuses(RemedyScene& scene);
void pids_cgroup_refuses(RemedyScene& scene);
void memory_cgroup_killed(RemedyScene& scene);
void tasks_nearly_used_up(RemedyScene& scene);
void stale_file_left(RemedyScene& scene);
void two_servers(RemedyScene& scene);
void child_hangs(RemedyScene& scene);
void aof_is_on(RemedyScene& scene);
void is_replica(RemedyScene& scene);
void hook_of_the_user(RemedyScene& scene);

}  // namespace forkmend::testing
