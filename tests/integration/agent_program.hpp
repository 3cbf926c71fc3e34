// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <sys/types.h>

#include <boost/json/object.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/datagram_socket.hpp"
#include "support/lab/forkmend_program.hpp"

namespace forkmend::testing {

/// forkmend agent with a configuration of its own, told of by datagrams as systemd would be. Its
/// directory may be entered by everybody, so that the control socket's own mode decides.
class AgentProgram {
 public:
  AgentProgram();
  /// SIGKILL when it still runs.
  ~AgentProgram();
  AgentProgram(const AgentProgram&) = delete;
  AgentProgram& operator=(const AgentProgram&) = delete;

  /// Writes forkmend.toml; "SOCKET" in it becomes socket().
  void configure(std::string toml) const;
  /// Writes a file beside it, for its owner alone; its path.
  [[nodiscard]] std::string secret(const std::string& name, const std::string& content) const;
  /// Starts it and waits until it is ready; the datagram that said so.
  std::string start(const std::map<std::string, std::string>& environment = {});
  /// SIGTERM and wait; its exit code.
  int stop();

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string config() const { return (dir_.path() / "forkmend.toml").string(); }
  [[nodiscard]] std::string socket() const { return (dir_.path() / "control.sock").string(); }
  [[nodiscard]] std::string log() const;
  [[nodiscard]] std::string log_file() const { return (dir_.path() / "agent.log").string(); }
  [[nodiscard]] const DatagramSocket& told() const { return told_; }

  /// A command with this configuration and state directory.
  [[nodiscard]] ProgramResult run(std::vector<std::string> words) const;
  /// A command with this configuration in the background, its output in a file.
  [[nodiscard]] pid_t start_beside(const std::vector<std::string>& words,
                                   const std::string& output) const;
  /// The agent's part of status --json.
  [[nodiscard]] boost::json::object status() const;

 private:
  TempDir dir_;
  Forkmend forkmend_;
  DatagramSocket told_;
  pid_t pid_ = -1;
};

}  // namespace forkmend::testing
