// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/kernel_witness.hpp"

#include <algorithm>
#include <ranges>
#include <variant>

#include "base/text.hpp"
#include "diagnosis/witness_window.hpp"
#include "host/kernel_event.hpp"
#include "redis/server_process.hpp"

namespace forkmend::diagnosis {

namespace {

std::optional<RefusalWitness> refusal_in(const host::KernelMessage& message,
                                         const WitnessWindow& window) {
  const auto event = host::parse_kernel_event(message.text);
  const auto* refusal = event ? std::get_if<host::OvercommitRefusal>(&*event) : nullptr;
  const auto pid = window.observation.facts.integer("instance.pid");
  if (refusal == nullptr || !pid || refusal->pid != *pid) return std::nullopt;
  if (!window.in_this_life(message) || !window.fits(message)) return std::nullopt;
  return RefusalWitness{printable(message.text), refusal->bytes};
}

std::optional<RejectionWitness> rejection_in(const host::KernelMessage& message,
                                             const WitnessWindow& window) {
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

void add_storage_lines(const host::KernelMessage& message, const WitnessWindow& window,
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

KernelWitness find_kernel_witness(const Observation& observation, const ServerState& server,
                                  const Failure& failure) {
  const WitnessWindow window{observation, server, failure};
  KernelWitness witness;
  for (const auto& message : observation.kernel | std::views::reverse) {
    if (!witness.refusal) witness.refusal = refusal_in(message, window);
    if (!witness.rejection) witness.rejection = rejection_in(message, window);
    add_storage_lines(message, window, witness);
  }
  return witness;
}

}  // namespace forkmend::diagnosis
