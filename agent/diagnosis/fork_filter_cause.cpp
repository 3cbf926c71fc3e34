// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// seccomp, where the filter answers fork() itself. No limit gives EPERM or ENOSYS: kernel_clone()
// asks for no privilege without CLONE_NEW* flags. A filter's own answer is any errno that whoever
// wrote it chose; container run-times choose these two.
#include <cerrno>

#include "diagnosis/failure_case.hpp"

namespace forkmend::diagnosis {

Assessment assess_fork_filter(const FailureCase& failure_case) {
  constexpr std::string_view kId = "seccomp";
  const bool fits = failure_case.error_is(EPERM) || failure_case.error_is(ENOSYS);
  if (!fits) {
    return RuledOut{std::string(kId), failure_case.error()
                                          ? "errno is " + error_word(failure_case) +
                                                ", and a filter answers with EPERM or ENOSYS."
                                          : "no line tells of EPERM or ENOSYS."};
  }
  const auto mode = failure_case.integer("instance.seccomp");
  if (mode == 0) {
    return RuledOut{std::string(kId), "Seccomp of /proc/PID/status is 0: it has no filter."};
  }
  if (!mode) {
    return Undecided{std::string(kId) + " could not be checked: Seccomp is not known."};
  }
  Cause cause = make_cause(failure_case, kId, Confidence::likely, nullptr);
  cause.evidence.push_back({"/proc/PID/status Seccomp",
                            std::to_string(*mode) + ": it runs under a seccomp filter.", true});
  return cause;
}

}  // namespace forkmend::diagnosis
