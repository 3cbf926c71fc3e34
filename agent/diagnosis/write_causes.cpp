// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/write_case.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace forkmend::diagnosis {

namespace {

using WriteAssessor = Assessment (*)(const WriteCase& write_case);

/// Among equally sure causes the one that has to be mended first comes first.
constexpr std::array<WriteAssessor, 14> kWriteAssessors = {
    assess_missing_dir,      assess_read_only_filesystem, assess_read_only_sandbox,
    assess_mac_denied,       assess_immutable_or_sticky,  assess_permission_denied,
    assess_target_busy,      assess_file_size_limit,      assess_quota_exceeded,
    assess_inodes_exhausted, assess_stale_temp_files,     assess_disk_full,
    assess_io_error,         assess_unsuitable_filesystem};

/// Once a cause is proven, what only shares its errno is none.
void drop_possible(Findings& findings) {
  const bool proven =
      !findings.causes.empty() && findings.causes.front().confidence == Confidence::proven;
  if (!proven) return;
  const std::string because = findings.causes.front().id + " is proven, and only errno fits.";
  std::erase_if(findings.causes, [&](const Cause& cause) {
    if (cause.confidence != Confidence::possible) return false;
    findings.ruled_out.push_back(RuledOut{cause.id, because});
    return true;
  });
  findings.undecided.clear();
}

}  // namespace

Findings weigh_write_causes(const FailureCase& failure_case) {
  const WriteCase write_case = read_write_case(failure_case);
  Findings findings;
  for (const WriteAssessor assess : kWriteAssessors) {
    Assessment assessment = assess(write_case);
    if (auto* cause = std::get_if<Cause>(&assessment)) {
      add_cause(findings.causes, std::move(*cause));
    } else if (auto* out = std::get_if<RuledOut>(&assessment)) {
      findings.ruled_out.push_back(std::move(*out));
    } else {
      findings.undecided.push_back(std::get<Undecided>(assessment).because);
    }
  }
  drop_possible(findings);
  return findings;
}

}  // namespace forkmend::diagnosis
