// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// hung-child: the child is there and gets nowhere.
#include <array>
#include <string>

#include "base/units.hpp"
#include "diagnosis/failure_case.hpp"

namespace forkmend::diagnosis {

namespace {

constexpr std::string_view kHungChild = "hung-child";

struct StateWord {
  std::string_view letter;
  std::string_view says;
  bool proves;
};

/// States of /proc/PID/stat (Documentation/filesystems/proc.rst).
constexpr auto kStates = std::to_array<StateWord>({
    {"T", "it is stopped (SIGSTOP), and waits for SIGCONT.", true},
    {"t", "a debugger has stopped it.", true},
    {"D", "it waits for a device or a network file system.", false},
    {"S", "it sleeps, although a child that saves has nothing to wait for.", false},
    {"R", "it runs.", false},
    {"Z", "it has ended, and the server has not taken note.", false},
});

const StateWord* find_state(const FailureCase& failure_case) {
  const auto letter = failure_case.observation.facts.text("instance.child.state");
  if (!letter) return nullptr;
  for (const StateWord& state : kStates) {
    if (state.letter == *letter) return &state;
  }
  return nullptr;
}

Assessment assess_hung_child(const FailureCase& failure_case) {
  Cause cause = make_cause(failure_case, kHungChild, Confidence::possible, nullptr);
  const StateWord* state = find_state(failure_case);
  if (state == nullptr) return cause;
  const auto pid = failure_case.integer("instance.child.pid");
  cause.evidence.push_back({"/proc/" + (pid ? std::to_string(*pid) : std::string("PID")) + "/stat",
                            "state " + std::string(state->letter) + ": " + std::string(state->says),
                            true});
  if (state->proves) cause.confidence = Confidence::proven;
  if (state->letter == "S" || state->letter == "D") cause.confidence = Confidence::likely;
  return cause;
}

constexpr std::array<Assessor, 1> kHungAssessors = {assess_hung_child};

}  // namespace

Findings weigh_hung_causes(const FailureCase& failure_case) {
  return weigh_all(failure_case, kHungAssessors);
}

}  // namespace forkmend::diagnosis
