// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mappings.hpp"

namespace forkmend::bench {

enum class Scheduling { other, deadline, deadline_reset };
enum class PidSpace {
  same,
  fresh,  ///< unshared, no child yet
  alive,  ///< its init runs
  dead,   ///< its init has exited
};

/// What a process is made like before it is asked to fork.
struct Recipe {
  uid_t uid = 0;
  bool keep_sys_admin = false;  ///< CAP_SYS_ADMIN for an ordinary uid
  int threads = 0;              ///< besides the first
  std::optional<std::int64_t> nproc_soft;
  std::vector<Mapping> mappings;
  std::int64_t page_tables = 0;  ///< bytes
  Scheduling scheduling = Scheduling::other;
  PidSpace pid_space = PidSpace::same;
};

/// What a fork came to.
struct Outcome {
  bool died = false;     ///< the OOM killer took the forking process
  int error_number = 0;  ///< 0: a child came of it
};

/// A child of ours that follows a recipe and forks when told. Killed and waited for at the end.
class Subject {
 public:
  /// `cgroups`: directories whose cgroup.procs it is put into before it does anything.
  Subject(const Recipe& recipe, const std::vector<std::string>& cgroups);
  ~Subject();
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  /// False: some step of the recipe is not possible here.
  [[nodiscard]] bool ready() const { return ready_; }
  [[nodiscard]] pid_t pid() const { return pid_; }

  [[nodiscard]] Outcome fork_now();
  /// Lift one limit from within.
  [[nodiscard]] bool raise_nproc() { return ask('N') == 0; }
  [[nodiscard]] bool schedule_normally() { return ask('S') == 0; }

 private:
  /// nullopt: it died.
  [[nodiscard]] std::optional<int> ask(char command);

  pid_t pid_ = -1;
  int socket_ = -1;
  bool ready_ = false;
};

}  // namespace forkmend::bench
