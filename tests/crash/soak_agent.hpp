// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <sys/types.h>

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "support/lab/forkmend_program.hpp"

namespace forkmend::testing {

/// `forkmend agent --mode heal` over named servers, as their user, with one record and one log over
/// all its lives.
class SoakAgent {
 public:
  explicit SoakAgent(const std::vector<std::string>& urls);
  /// SIGKILL when it still runs.
  ~SoakAgent();
  SoakAgent(const SoakAgent&) = delete;
  SoakAgent& operator=(const SoakAgent&) = delete;

  void start();
  /// SIGKILL, in the middle of whatever it does.
  void kill_now();
  /// SIGTERM and wait; its exit code.
  int stop();

  /// The agent's entry of that server; empty: it does not answer, or does not know the server.
  [[nodiscard]] boost::json::object entry(const std::string& url) const;
  /// {"incidents": [...]} of the record.
  [[nodiscard]] boost::json::object history() const;
  [[nodiscard]] ProgramResult run(std::vector<std::string> words) const;

  [[nodiscard]] long resident_kib() const;
  [[nodiscard]] int descriptors() const;
  [[nodiscard]] std::string log() const;

 private:
  [[nodiscard]] std::string beside(const std::string& name) const;
  Forkmend forkmend_;
  std::string config_;
  pid_t pid_ = -1;
};

}  // namespace forkmend::testing
