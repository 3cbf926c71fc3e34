// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/child_witness.hpp"

#include <algorithm>
#include <ranges>
#include <variant>

#include "base/text.hpp"

namespace forkmend::diagnosis {

namespace {

bool is_child(const WitnessWindow& window, std::int64_t pid, std::string_view comm) {
  const FactSet& facts = window.observation.facts;
  if (pid == facts.integer("instance.pid")) return false;
  if (window.same_pids() && window.failure.child_pid) return pid == *window.failure.child_pid;
  const auto name = facts.text("instance.comm");
  return name && comm == *name;
}

/// The victim's cgroup is the server's; unknown does not speak against it.
bool same_cgroup(const WitnessWindow& window, const host::OomRecord& record) {
  if (!record.context || !record.context->task_memcg) return true;
  const auto ours = window.observation.facts.text("instance.memory.0.path");
  return !ours || ours->ends_with(*record.context->task_memcg);
}

std::string line_at(const Observation& observation, std::chrono::microseconds at,
                    std::string_view word) {
  const auto found = std::ranges::find_if(observation.kernel, [&](const auto& message) {
    return message.at == at && message.text.find(word) != std::string::npos;
  });
  return found != observation.kernel.end() ? printable(found->text) : std::string();
}

void find_oom(const WitnessWindow& window, ChildWitness& witness) {
  const auto records = host::collect_oom_kills(window.observation.kernel.items());
  for (const host::OomRecord& record : records | std::views::reverse) {
    if (!is_child(window, record.kill.pid, record.kill.comm)) continue;
    const host::KernelMessage at{.at = record.at, .level = 0, .text = {}};
    if (!window.fits(at) || !same_cgroup(window, record)) continue;
    witness.oom = record;
    witness.line = line_at(window.observation, record.at, "Killed process ");
    return;
  }
}

void find_fault(const WitnessWindow& window, ChildWitness& witness) {
  for (const auto& message : window.observation.kernel | std::views::reverse) {
    const auto event = host::parse_kernel_event(message.text);
    if (!event || !window.fits(message)) continue;
    const auto* seccomp = std::get_if<host::SeccompKill>(&*event);
    const auto* fault = std::get_if<host::ProcessorFault>(&*event);
    if (seccomp != nullptr && is_child(window, seccomp->pid, seccomp->comm)) {
      witness.seccomp = *seccomp;
    } else if (fault != nullptr && is_child(window, fault->pid, fault->comm)) {
      witness.fault = *fault;
    } else {
      continue;
    }
    witness.line = printable(message.text);
    return;
  }
}

}  // namespace

ChildWitness find_child_witness(const WitnessWindow& window) {
  ChildWitness witness;
  witness.covered = window.covered();
  find_oom(window, witness);
  if (!witness.oom) find_fault(window, witness);
  return witness;
}

}  // namespace forkmend::diagnosis
