// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {

/// What is done to a server.
enum class Injury {
  forks_refused,    ///< RLIMIT_NPROC; it can be mended
  directory_shut,   ///< nobody may make a file in it; a person has to
  child_killed,     ///< SIGKILL for a save's child
  stops_answering,  ///< SIGSTOP, and SIGCONT after a while
  dies,             ///< and another one starts in its place
};
inline constexpr int kInjuries = 5;
[[nodiscard]] std::string to_string(Injury injury);

/// A server of the soak: always at the same endpoint, injured again and again, with a memory of
/// what its limits and settings were before forkmend may have touched them.
class SoakServer {
 public:
  SoakServer();

  void injure(Injury injury);
  /// What a person would do about it, and a save until one works.
  void repair();
  /// Writes some keys. Nothing while it is stopped.
  void load() const;
  /// A save of the server's own.
  void save() const;

  [[nodiscard]] bool is_well() const { return well_; }
  [[nodiscard]] Injury injury() const { return injury_; }
  [[nodiscard]] WallTime injured_at() const { return injured_at_; }
  void recovered() { well_ = true; }

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] pid_t pid() const { return server_->pid(); }
  [[nodiscard]] std::string last_save() const { return server_->info("rdb_last_bgsave_status"); }
  /// "" when limits and settings are as nobody but us left them.
  [[nodiscard]] std::string drift() const;

 private:
  void start();
  [[nodiscard]] std::string settings() const;

  std::string url_;
  std::unique_ptr<RedisServer> server_;
  std::string limits_;
  std::string settings_;
  bool well_ = true;
  Injury injury_ = Injury::dies;
  WallTime injured_at_;
};

}  // namespace forkmend::testing
