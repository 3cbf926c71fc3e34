// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: a system call filter without sync_file_range(2) kills the save child with SIGSYS
// (signal 31) once it has written 4 MiB: rio.c:rioFileWrite() calls it every
// REDIS_AUTOSYNC_BYTES. Small data sets save, larger ones never do.
//
// Why this helps: with rdb-save-incremental-fsync no the child does not call it (rdb.c:rdbSave()).
//
// The risk: the kernel writes the whole file out at the end, in one burst.
#include <array>
#include <string>
#include <variant>

#include "remediations/config_file.hpp"
#include "remediations/gate.hpp"
#include "remediations/server_step.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::string_view kParameter = "rdb-save-incremental-fsync";

constexpr auto kCauses = std::to_array<std::string_view>({"seccomp"});

ProbeResult probe(const PlanInput& input) {
  const auto value = config_value(input.facts, kParameter);
  if (!value) return no_answer(input.facts, config_fact(kParameter));
  if (*value == "no") {
    return {Applicability::already_good, std::string(kParameter) + " is already no"};
  }
  if (input.cause != nullptr && !blames_one_of(input, kCauses)) {
    return {Applicability::not_applicable,
            "it only keeps a save child from a system call that a filter forbids"};
  }
  if (input.facts.text("failure.stage") == "fork") {
    return {Applicability::not_applicable,
            "the filter refuses the fork itself; it has to be changed where it is set"};
  }
  return {Applicability::applicable, "the save child calls sync_file_range every 4 MiB"};
}

PlanResult plan(const PlanInput& input) {
  const ProbeResult probed = probe(input);
  if (probed.answer != Applicability::applicable) return Refusal{probed.because};
  const auto server = server_address(input.facts);
  if (const auto* refusal = std::get_if<Refusal>(&server)) return *refusal;
  Proposal proposal;
  proposal.steps.push_back(config_step(
      input.facts, std::get<ServerAddress>(server),
      {.remedy = "incremental-fsync",
       .parameter = kParameter,
       .value = "no",
       .why = "the save child no longer calls sync_file_range, which the filter kills it for"}));
  proposal.predicted = "the save child ends without a forbidden system call";
  proposal.notes.emplace_back(
      "the filter (seccomp profile, SystemCallFilter=) should allow sync_file_range: an image or "
      "package that is too old for this server brought it");
  append(proposal, keep_in_config_file(input, proposal.steps));
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kIncrementalFsync = {
    .id = "incremental-fsync",
    .summary = "keep the save child from a system call that a filter forbids",
    .symptom =
        "\"Background saving terminated by signal 31\" on a server with more than a few MiB of "
        "data, in a container or under a unit with SystemCallFilter=",
    .changes =
        "CONFIG SET rdb-save-incremental-fsync no; to keep it, a block in the server's own "
        "configuration file",
    .risk_note = "the new file is written out in one burst at the end of a save",
    .undo_by_hand =
        "CONFIG SET rdb-save-incremental-fsync yes; delete the lines between the marks of forkmend "
        "in the server's configuration file",
    .scope = Scope::instance,
    .risk = Risk::safe,
    .causes = kCauses,
    .parameters = {},
    .probe = probe,
    .plan = plan,
};

}  // namespace forkmend::remediations
