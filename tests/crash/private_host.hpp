// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/actuator.hpp"
#include "engine/journal.hpp"
#include "engine/plan.hpp"
#include "remediations/planning.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {

using Snapshot = std::map<std::string, std::string>;

/// The executor on a tree of files, for what takes it several system calls (files, swap files,
/// quarantine) and for processes that the tree does not have; what a server or the kernel takes at
/// once is kept by TreeActuator.
[[nodiscard]] std::unique_ptr<engine::Actuator> executor_on(const HostTree& tree);

/// What the remedy proposes, as a plan of one attempt.
[[nodiscard]] engine::Plan plan_of(const Planning& planning);
/// The same of steps that a test has made.
[[nodiscard]] engine::Plan plan_of(std::vector<remediations::Step> steps);

/// Whether there is an (empty) journal already.
enum class Record { none, made };

/// An exit code of heal(): a bug.
inline constexpr int kNoReason = 78;

/// A copy of a remedy's host tree with a journal of its own, on which forkmend works as it does on
/// a host, but for the save that proves a remedy: the read back counts as proof.
class PrivateHost {
 public:
  explicit PrivateHost(const Planning& planning, Record record = Record::made);
  PrivateHost(engine::Plan plan, const Files& files, Record record = Record::made);
  /// A copy of another one as it is now, with these files in the state directory.
  PrivateHost(const PrivateHost& other, const std::map<std::string, std::string>& state_files);

  /// What a forkmend does, to be run in a process of its own; 0: it came to its end. heal() gives
  /// 0 for healed (or mitigated) only, and kNoReason where nothing says why it is not.
  [[nodiscard]] int heal() const;
  [[nodiscard]] int roll_back() const;
  [[nodiscard]] int recover() const;

  /// The state of the one incident; nullopt: none was begun.
  [[nodiscard]] std::optional<engine::IncidentState> incident() const;
  /// Why the journal cannot be opened; "" when it can.
  [[nodiscard]] std::string journal_error() const;
  /// Why the record is not one of something finished; "" when it is.
  [[nodiscard]] std::string unfinished() const;

  /// Every file with content and mode; the uuid of a swap file, a new one each time, is left out.
  [[nodiscard]] Snapshot snapshot() const;
  [[nodiscard]] const HostTree& tree() const { return tree_; }
  [[nodiscard]] std::string state_dir() const { return (dir_.path() / "state").string(); }

 private:
  engine::Plan plan_;
  HostTree tree_ = HostTree(Files{});
  TempDir dir_;
};

}  // namespace forkmend::testing
