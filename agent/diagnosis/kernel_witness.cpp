// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/kernel_witness.hpp"

#include <algorithm>
#include <chrono>
#include <ranges>
#include <variant>

#include "base/text.hpp"
#include "host/kernel_event.hpp"
#include "redis/server_process.hpp"

namespace forkmend::diagnosis {

namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

/// Server and kernel log the same refusal within milliseconds; a save is tried again every 6 s.
constexpr std::chrono::seconds kNear{30};
/// Kernel log times are of a clock that nothing corrects: 100 parts in a million are granted.
constexpr std::int64_t kDriftParts = 10'000;
/// Clock ticks of /proc/PID/stat (USER_HZ).
constexpr std::int64_t kTicksPerSecond = 100;

struct Window {
  const Observation& observation;
  const ServerState& server;
  const Failure& failure;

  [[nodiscard]] nanoseconds tolerance() const { return kNear + observation.now.boot / kDriftParts; }

  /// Not written before this process began.
  [[nodiscard]] bool in_this_life(const host::KernelMessage& message) const {
    const auto start = observation.facts.integer("instance.start_time");
    if (!start || *start < 0 || *start > INT64_MAX / 10'000) return true;
    const microseconds began{*start * (1'000'000 / kTicksPerSecond)};
    const auto drift = duration_cast<microseconds>(observation.now.boot / kDriftParts);
    return message.at + drift + std::chrono::seconds(1) >= began;
  }

  [[nodiscard]] bool fits(const host::KernelMessage& message) const {
    const auto at = wall_time(message, observation.now);
    if (!at) return false;
    if (failure.at) {
      const nanoseconds apart = *at - *failure.at;
      return apart <= tolerance() && apart >= -tolerance();
    }
    return server.last_save && *at + std::chrono::seconds(1) >= *server.last_save;
  }
};

std::optional<RefusalWitness> refusal_in(const host::KernelMessage& message, const Window& window) {
  const auto event = host::parse_kernel_event(message.text);
  const auto* refusal = event ? std::get_if<host::OvercommitRefusal>(&*event) : nullptr;
  const auto pid = window.observation.facts.integer("instance.pid");
  if (refusal == nullptr || !pid || refusal->pid != *pid) return std::nullopt;
  if (!window.in_this_life(message) || !window.fits(message)) return std::nullopt;
  return RefusalWitness{printable(message.text), refusal->bytes};
}

std::optional<RejectionWitness> rejection_in(const host::KernelMessage& message,
                                             const Window& window) {
  const auto event = host::parse_kernel_event(message.text);
  const auto* rejection = event ? std::get_if<host::PidsRejection>(&*event) : nullptr;
  const auto cgroup = window.observation.facts.text("instance.cgroup");
  // The root cgroup has no pids.max: "/" would be a cgroup namespace's view, not a name.
  if (rejection == nullptr || !cgroup || *cgroup == "/" || rejection->cgroup != *cgroup) {
    return std::nullopt;
  }
  return RejectionWitness{printable(message.text),
                          window.fits(message) ? Timing::fits : Timing::earlier};
}

constexpr std::size_t kShownLines = 3;

bool holds_saves(const Observation& observation, std::string_view named) {
  for (const auto* fact : {"instance.dir.device", "instance.aof_dir.device"}) {
    const auto device = observation.facts.text(fact);
    if (device && is_on_device(*device, named)) return true;
  }
  return false;
}

void add_storage_lines(const host::KernelMessage& message, const Window& window,
                       KernelWitness& witness) {
  const auto event = host::parse_kernel_event(message.text);
  if (!event) return;
  const auto* error = std::get_if<host::IoError>(&*event);
  if (error != nullptr && window.fits(message) && holds_saves(window.observation, error->device)) {
    if (error->full) {
      witness.device_full = printable(message.text);
    } else if (witness.io_errors.size() < kShownLines) {
      witness.io_errors.push_back(printable(message.text));
    }
  }
  const auto* remount = std::get_if<host::RemountReadOnly>(&*event);
  if (remount != nullptr && witness.remounts.size() < kShownLines &&
      holds_saves(window.observation, remount->device)) {
    witness.remounts.push_back(printable(message.text));
  }
  const auto* denied = std::get_if<host::AvcDenied>(&*event);
  if (denied == nullptr || witness.denial || !window.fits(message)) return;
  const bool ours = denied->pid && denied->pid == window.observation.facts.integer("instance.pid");
  // The child has a pid of its own, and the name of its server.
  if (ours || redis::is_server_executable(denied->comm)) witness.denial = printable(message.text);
}

}  // namespace

bool is_on_device(std::string_view device, std::string_view named) {
  if (named.empty() || !device.starts_with(named)) return false;
  std::string_view partition = device.substr(named.size());
  if (partition.empty()) return true;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  // nvme0n1p1, mmcblk0p2: a name that ends in a digit puts a "p" between.
  if (is_digit(named.back())) {
    if (!partition.starts_with('p')) return false;
    partition.remove_prefix(1);
  }
  return !partition.empty() && std::ranges::all_of(partition, is_digit);
}

std::optional<WallTime> wall_time(const host::KernelMessage& message, const Now& now) {
  if (now.boot == nanoseconds(0)) return std::nullopt;
  return now.wall - duration_cast<WallTime::duration>(now.boot - message.at);
}

KernelWitness find_kernel_witness(const Observation& observation, const ServerState& server,
                                  const Failure& failure) {
  const Window window{observation, server, failure};
  KernelWitness witness;
  for (const auto& message : observation.kernel | std::views::reverse) {
    if (!witness.refusal) witness.refusal = refusal_in(message, window);
    if (!witness.rejection) witness.rejection = rejection_in(message, window);
    add_storage_lines(message, window, witness);
  }
  return witness;
}

}  // namespace forkmend::diagnosis
