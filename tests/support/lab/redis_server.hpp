// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"

namespace forkmend::testing {

/// What FORKMEND_REDIS_SERVER names, else "redis-server".
[[nodiscard]] std::string server_program();

struct ServerOptions {
  std::string program = server_program();
  std::optional<uid_t> run_as;         ///< needs root
  std::optional<uid_t> owner;          ///< of the directory, when the prefix changes the user
  std::vector<std::string> arguments;  ///< further settings, "--name", "value"
  std::string password;
  bool logs_to_stdout = false;      ///< which is appended to log_file() and stays open
  std::vector<std::string> prefix;  ///< put before the server's argv, e.g. a launcher
};

/// A real server on a free loopback port and a unix socket in a directory of its own, ready when
/// the constructor returns; killed and removed at the end. Throws when it does not start.
class RedisServer {
 public:
  explicit RedisServer(const ServerOptions& options = {});
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::string unix_url() const;
  [[nodiscard]] std::string directory() const { return dir_.path().string(); }
  [[nodiscard]] std::string log_file() const { return directory() + "/redis.log"; }

  /// One command by redis-cli over the unix socket; the raw answer, trimmed.
  std::string call(const std::vector<std::string>& words) const;
  /// One field of INFO; empty when it is not there.
  [[nodiscard]] std::string info(const std::string& field) const;
  /// BGSAVE, and waits for the log line that says how it went.
  void save_that_fails() const;
  /// BGSAVE of a child that takes a minute; its pid, once it runs. Needs Redis 6.0 or newer.
  [[nodiscard]] pid_t start_slow_save() const;
  /// Waits for this text in what the log says from now on or since that length of it.
  void wait_for_log(const std::string& text, std::size_t since = 0) const;
  void kill_now();

 private:
  TempDir dir_;
  std::string password_;
  int port_ = 0;
  pid_t pid_ = -1;
};

/// A port of 127.0.0.1 that nobody listens on.
[[nodiscard]] int free_port();

/// Makes every further fork of that server fail with EAGAIN: soft RLIMIT_NPROC 1, hard as it was.
/// Binds only a server that does not run as root.
void refuse_forks_by_nproc(pid_t pid);

/// "soft:hard" of RLIMIT_NPROC, as /proc/PID/limits says it.
[[nodiscard]] std::string nproc_limits(pid_t pid);

/// Sets it, as the server's own user: "77:" leaves the hard limit as it is.
void set_nproc(pid_t pid, const std::string& limits);

/// The user that servers of tests run as: a spare uid when we are root, else ourselves.
[[nodiscard]] std::optional<uid_t> ordinary_user();

}  // namespace forkmend::testing
