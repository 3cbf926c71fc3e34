// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "host/overcommit.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// What the kernel charges when a process forks: dup_mmap() checks each mapping with VM_ACCOUNT
/// and without VM_DONTCOPY on its own (VmFlags "ac" and not "dc"). Bytes.
struct Accountable {
  std::int64_t total = 0;
  std::int64_t largest = 0;
  std::int64_t huge = 0;  ///< AnonHugePages of all mappings: told by the same walk
};

/// Sums up smaps, line by line, in one pass.
class SmapsSum {
 public:
  void add_line(std::string_view line);
  /// Errors: not_found for a process without memory (zombie, kernel thread), unsupported for
  /// kernels without VmFlags (before 3.8), parse when the text ends within a mapping.
  [[nodiscard]] Result<Accountable> finish() const;

 private:
  std::int64_t size_ = 0;
  bool flags_missing_ = false;
  std::int64_t huge_ = 0;
  std::int64_t mappings_ = 0;
  std::int64_t flagged_ = 0;
  Accountable sum_;
};

/// Held while smaps is walked: at most one walk at a time in this process.
class OnlyWalk {
 public:
  OnlyWalk();
  ~OnlyWalk();
  OnlyWalk(const OnlyWalk&) = delete;
  OnlyWalk& operator=(const OnlyWalk&) = delete;
  /// False: another one is under way.
  [[nodiscard]] bool ours() const { return ours_; }

 private:
  static inline std::atomic<bool> under_way = false;
  bool ours_;
};

/// Walks /proc/PID/smaps: exact, but 8.5 ms for each GB of resident 4 KiB pages, under the mmap
/// lock of the process. Needs ptrace rights. Errors: busy while another walk is under way: one
/// server at a time is slowed down.
[[nodiscard]] Result<Accountable> read_accountable(const Root& root, std::int64_t pid);

/// Mappings that smaps would count and VmData does not: read-only-after-relocation parts of shared
/// objects keep "ac".
inline constexpr std::int64_t kAccountableSlack = std::int64_t{16} << 20U;

/// Upper bound of Accountable::total without a walk, bytes: VmData + VmStk + slack. VmData leaves
/// out what was written and then made read-only or inaccessible, which stays charged, so all other
/// mappings of VmSize that may be such come on top once they are more than the slack.
[[nodiscard]] std::optional<std::int64_t> accountable_bound(std::optional<std::int64_t> vm_data,
                                                            std::optional<std::int64_t> vm_stack,
                                                            std::optional<std::int64_t> vm_size);

/// How long a walk may take by estimate before it is refused.
struct WalkLimit {
  std::chrono::milliseconds most{500};
};
/// For a person who asks for it.
inline constexpr WalkLimit kAnyWalk{std::chrono::hours(24)};

/// 8.5 ms for each GB of resident memory in 4 KiB pages (measured); huge pages cost next to
/// nothing, so this is an upper bound.
[[nodiscard]] std::chrono::milliseconds walk_cost(std::int64_t resident_bytes);

enum class SmapsWalk { needed, not_needed };

struct SmapsQuestion {
  std::optional<std::int64_t> overcommit_memory;
  Mode0Rule rule = Mode0Rule::unknown;
  std::optional<std::int64_t> bound;           ///< bytes
  std::optional<std::int64_t> ram_and_swap;    ///< MemTotal + SwapTotal, bytes
  std::optional<std::int64_t> heuristic_free;  ///< F less every reserve, bytes
  std::optional<std::int64_t> commit_room;     ///< CommitLimit less all that is taken, bytes
};

struct SmapsDecision {
  SmapsWalk walk = SmapsWalk::not_needed;
  std::string because;
};

/// Whether the walk can decide anything that the cheap bound does not: never in mode 1, else only
/// when the bound does not fit under the rule (in mode 0 under both, where the rule is unknown).
/// Pure.
[[nodiscard]] SmapsDecision decide_smaps_walk(const SmapsQuestion& question);

}  // namespace forkmend::host
