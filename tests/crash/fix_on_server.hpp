// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/lab/forkmend_program.hpp"
#include "support/lab/redis_server.hpp"
#include "support/supervised.hpp"

namespace forkmend::testing {

/// While it lives, temporary directories are below /tmp: the trees of this suite are in /dev/shm,
/// where a server that saves looks like one that was broken into.
class OrdinaryPlace {
 public:
  OrdinaryPlace();
  ~OrdinaryPlace();
  OrdinaryPlace(const OrdinaryPlace&) = delete;
  OrdinaryPlace& operator=(const OrdinaryPlace&) = delete;

 private:
  std::optional<std::string> before_;
};

/// A real server of an ordinary user whose forks are refused (RLIMIT_NPROC), and the built program,
/// run by that user with a new record for each run, while a test looks at its system calls.
class FixOnServer {
 public:
  explicit FixOnServer(std::vector<std::string> server_arguments = {});

  void follow(const std::string& policy, std::vector<std::string> more);
  /// The next run has a record of its own, and the last save of the server has failed.
  void begin();
  /// `fix --yes`.
  [[nodiscard]] SupervisedEnd fix(const Decide& decide);
  /// Another command with the same record.
  [[nodiscard]] ProgramResult forkmend(std::vector<std::string> words) const;
  /// The next start of forkmend, which is no fix.
  void start_again() const;

  /// "rolled-back"; "" where nothing was begun.
  [[nodiscard]] std::string incident_state() const;
  /// States of the changes of the incident, by ", ", oldest first.
  [[nodiscard]] std::string change_states() const;

  [[nodiscard]] RedisServer& server() { return *server_; }
  [[nodiscard]] const RedisServer& server() const { return *server_; }
  /// As it is before the fix: "1:96365".
  [[nodiscard]] const std::string& broken_limits() const { return broken_; }
  /// Another server at the place of this one: endpoint, user and settings.
  void replace_server();

 private:
  void start_server(std::vector<std::string> more);
  [[nodiscard]] std::vector<std::string> command(std::vector<std::string> words) const;

  OrdinaryPlace place_;
  std::vector<std::string> arguments_;
  std::unique_ptr<RedisServer> server_;
  Forkmend forkmend_ = Forkmend(ordinary_user());
  std::vector<std::string> policy_;
  std::vector<std::string> more_;
  std::string url_;
  std::string broken_;
  int run_ = 0;
};

}  // namespace forkmend::testing
