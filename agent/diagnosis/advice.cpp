// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/advice.hpp"

#include <algorithm>
#include <cerrno>

#include "base/error.hpp"
#include "base/units.hpp"

namespace forkmend::diagnosis {

namespace {

using forecast::Verdict;
using Sentences = std::vector<std::string>;

const Cause* find_cause(const Findings& findings, std::string_view id) {
  const auto found = std::ranges::find(findings.causes, id, &Cause::id);
  return found != findings.causes.end() ? &*found : nullptr;
}

void add_now(Sentences& out, const FailureCase& failure_case, const Findings& findings) {
  if (failure_case.observation.forecast.verdict != Verdict::admitted) return;
  if (failure_case.failure.stage != FailureStage::fork) return;
  if (findings.causes.empty()) {
    out.emplace_back("The kernel would admit a fork now; what refused it then is not known.");
  } else {
    out.emplace_back(
        "The cause is gone at this moment: the kernel would admit a fork now, so the next save may "
        "succeed. What caused it can come back.");
  }
}

void add_shortage(Sentences& out, const Findings& findings) {
  if (find_cause(findings, "memory-shortage") == nullptr) return;
  const bool refused = find_cause(findings, "commit-limit") != nullptr ||
                       find_cause(findings, "overcommit-heuristic") != nullptr;
  if (!refused) return;
  out.emplace_back(
      "Memory is short as well: vm.overcommit_memory=1 alone would turn the refused fork into an "
      "OOM "
      "kill.");
}

void add_unexplained(Sentences& out, const FailureCase& failure_case, const Findings& findings) {
  if (!findings.causes.empty() || failure_case.failure.stage != FailureStage::fork) return;
  if (failure_case.error_is(ENOMEM)) {
    out.emplace_back(
        "ENOMEM, and none of the limits that forkmend knows is met now: it may have passed, or "
        "the kernel was out of memory for its own structures at that moment.");
  } else if (failure_case.error() && !failure_case.error_is(EAGAIN)) {
    out.push_back("fork failed with " + error_word(failure_case) +
                  ", which no limit of memory or tasks gives: look for a seccomp filter or a "
                  "security module. forkmend does not know the cause yet.");
  }
}

void add_unknown_stage(Sentences& out, const FailureCase& failure_case) {
  if (failure_case.failure.stage != FailureStage::unknown) return;
  out.emplace_back(
      "INFO does not tell why it failed and no line of the server log was found that does: give "
      "forkmend the log, or look for the lines before the failure there.");
}

}  // namespace

Sentences fork_advice(const FailureCase& failure_case, const Findings& findings) {
  Sentences out;
  add_now(out, failure_case, findings);
  add_shortage(out, findings);
  add_unexplained(out, failure_case, findings);
  add_unknown_stage(out, failure_case);
  for (const std::string& sentence : findings.undecided) out.push_back(sentence);
  return out;
}

std::string other_advice(const Failure& failure) {
  std::string known = std::string(to_string(failure.kind)) + ": ";
  if (failure.stage == FailureStage::hung) {
    known += "the child gets nowhere";
  } else if (failure.stage == FailureStage::child_signal) {
    known += "the child was killed by signal " +
             (failure.signal ? std::to_string(*failure.signal) : std::string("(not told)"));
  } else if (failure.error_number) {
    known += "writing failed with " + errno_name(*failure.error_number) + " (" +
             errno_text(*failure.error_number) + ")";
  } else if (failure.stage == FailureStage::child_exit) {
    known += "the child ran and failed, and its own line was not found";
  } else {
    known += "writing failed, and no errno was told";
  }
  return known +
         "; the fork was not refused. forkmend does not know the cause yet. Line: " + failure.text;
}

}  // namespace forkmend::diagnosis
