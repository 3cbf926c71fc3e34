// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/kernel_witness.hpp"

#include <ranges>
#include <variant>

#include "base/text.hpp"
#include "diagnosis/witness_window.hpp"
#include "host/kernel_event.hpp"

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

}  // namespace

KernelWitness find_kernel_witness(const Observation& observation, const ServerState& server,
                                  const Failure& failure) {
  const WitnessWindow window{observation, server, failure};
  KernelWitness witness;
  for (const auto& message : observation.kernel | std::views::reverse) {
    if (!witness.refusal) witness.refusal = refusal_in(message, window);
    if (!witness.rejection) witness.rejection = rejection_in(message, window);
  }
  return witness;
}

}  // namespace forkmend::diagnosis
