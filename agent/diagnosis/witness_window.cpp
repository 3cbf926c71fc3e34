// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/witness_window.hpp"

namespace forkmend::diagnosis {

namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

/// Server and kernel log the same refusal within milliseconds; a save is tried again every 6 s.
constexpr std::chrono::seconds kSameMoment{30};
/// Kernel log times are of a clock that nothing corrects: 100 parts in a million are granted.
constexpr std::int64_t kDriftParts = 10'000;
/// Clock ticks of /proc/PID/stat (USER_HZ).
constexpr std::int64_t kTicksPerSecond = 100;

}  // namespace

nanoseconds WitnessWindow::tolerance() const {
  return kSameMoment + observation.now.boot / kDriftParts;
}

bool WitnessWindow::in_this_life(const host::KernelMessage& message) const {
  const auto start = observation.facts.integer("instance.start_time");
  if (!start || *start < 0 || *start > INT64_MAX / 10'000) return true;
  const microseconds began{*start * (1'000'000 / kTicksPerSecond)};
  const auto drift = duration_cast<microseconds>(observation.now.boot / kDriftParts);
  return message.at + drift + std::chrono::seconds(1) >= began;
}

bool WitnessWindow::fits(const host::KernelMessage& message) const {
  const auto at = wall_time(message, observation.now);
  if (!at) return false;
  if (failure.at) {
    const nanoseconds apart = *at - *failure.at;
    return apart <= tolerance() && apart >= -tolerance();
  }
  return server.last_save && *at + std::chrono::seconds(1) >= *server.last_save;
}

bool WitnessWindow::covered() const {
  if (observation.facts.flag("host.kernel_log") != true || observation.kernel.empty()) return false;
  const auto oldest = wall_time(observation.kernel.front(), observation.now);
  const auto failed = failure.at ? failure.at : server.last_save;
  return oldest && failed && *oldest + tolerance() <= *failed;
}

bool WitnessWindow::same_pids() const {
  const auto pid = observation.facts.integer("instance.pid");
  return pid && server.process_id == pid;
}

std::optional<WallTime> wall_time(const host::KernelMessage& message, const Now& now) {
  if (now.boot == nanoseconds(0)) return std::nullopt;
  return now.wall - duration_cast<WallTime::duration>(now.boot - message.at);
}

}  // namespace forkmend::diagnosis
