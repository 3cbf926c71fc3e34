// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/journal.hpp"
#include "engine/live_actuator.hpp"
#include "engine/observe.hpp"
#include "engine/plan.hpp"
#include "remediations/remediation.hpp"
#include "support/lab/redis_server.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {

using Settings = std::map<std::string, policy::ParameterValue>;

/// A real server, started with a configuration file, whose remedies are planned from what is seen
/// of it, carried out through journal and LiveActuator, and undone.
class ServerRemedy {
 public:
  /// `conf` is the text of its redis.conf; a second name of its directory tests may write into.
  explicit ServerRemedy(const std::string& conf, std::vector<std::string> arguments = {});
  /// Another server that takes over that file, as after a restart.
  [[nodiscard]] std::unique_ptr<RedisServer> restarted() const;

  [[nodiscard]] const RedisServer& server() const { return *server_; }
  [[nodiscard]] std::string conf_path() const { return (dir_.path() / "redis.conf").string(); }
  [[nodiscard]] std::string conf() const;
  /// Plans are made as if the fact had that value, for what would stop the machine if it were so.
  void pretend(std::string_view fact, FactValue value);
  /// CONFIG GET *, a line each.
  [[nodiscard]] std::string settings() const;
  [[nodiscard]] std::string setting(const std::string& name) const;

  [[nodiscard]] engine::ObservedInstance observed() const;
  [[nodiscard]] FactSet facts() const;
  [[nodiscard]] remediations::PlanResult plan(const std::string& remedy, const Settings& settings,
                                              const std::string& cause = {}) const;
  /// The same; a refusal fails the test.
  [[nodiscard]] remediations::Proposal proposal(const std::string& remedy, const Settings& settings,
                                                const std::string& cause = {}) const;

  /// What a stored plan no longer fits, in one text.
  [[nodiscard]] std::string moved(const engine::Plan& plan) const;

  /// Each step recorded, done and read back; the first that fails ends it. Its comment, or "".
  std::string apply(const std::vector<remediations::Step>& steps);
  /// All that apply() did, newest first; what was not undone, or "".
  std::string undo();

  /// Types a line into /bin/sh, as that user or as who we are; its output. A failure fails the
  /// test.
  static std::string paste(const std::string& line, std::optional<uid_t> user = std::nullopt);

 private:
  [[nodiscard]] std::unique_ptr<RedisServer> start() const;

  TempDir dir_;
  std::vector<std::string> arguments_;
  std::unique_ptr<RedisServer> server_;
  std::unique_ptr<engine::Journal> journal_;
  std::unique_ptr<engine::LiveActuator> actuator_;
  std::vector<engine::ChangeRecord> done_;
  std::map<std::string, FactValue> pretended_;
};

}  // namespace forkmend::testing
