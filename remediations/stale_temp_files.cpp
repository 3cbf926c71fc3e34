// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: a child that is killed leaves its temporary file (temp-PID.rdb and the like) behind;
// nobody removes it, and after some kills the disk is full of them.
//
// Why this helps: what no process can still be writing is moved into a folder beside it,
// .forkmend-quarantine, which only root can enter. So it is plain what may be deleted, and nothing
// is lost by mistake: a glob would hit the file of a living child as well.
//
// What it does not do: a move within a file system frees no space, and forkmend deletes nothing.
// Where the next save has no room, a person has to delete the files; the line for it is given.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "base/units.hpp"
#include "host/temp_files.hpp"
#include "remediations/gate.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::string_view kFolder = ".forkmend-quarantine";
/// Each is a step of its own with its own record.
constexpr std::size_t kAtOnce = 32;

constexpr auto kCauses = std::to_array<std::string_view>({"stale-temp-files"});

ProbeResult probe(const PlanInput& input) {
  const auto files = input.facts.integer("instance.dir.stale_temp_files");
  if (!files) return no_answer(input.facts, "instance.dir.stale_temp_files");
  if (*files == 0) {
    return {Applicability::already_good, "no temporary file of a dead child lies in the dir"};
  }
  const auto bytes = input.facts.integer("instance.dir.stale_temp_bytes").value_or(0);
  return {Applicability::applicable, format_count(*files) + " temporary files of dead children (" +
                                         format_size(bytes) + ") lie in the dir"};
}

std::string path_in(const std::string& directory, std::string_view name) {
  return directory + "/" + std::string(name);
}

Step move_step(const FactSet& facts, const std::string& directory, const std::string& name) {
  const std::string folder = path_in(directory, kFolder);
  const std::string path = path_in(directory, name);
  Step step;
  step.remedy = "stale-temp-files";
  step.target.type = StepType::quarantine;
  step.target.name = path;
  step.target.pid = facts.integer("instance.pid").value_or(0);
  step.target.process_start =
      static_cast<std::uint64_t>(facts.integer("instance.start_time").value_or(0));
  step.before = "in-place";
  step.after = "quarantined";
  step.scope = Scope::instance;
  step.needs_root = true;
  step.shell = "mkdir -p -m 0700 " + shell_quote(folder) + " && mv -n " + shell_quote(path) + " " +
               shell_quote(folder + "/");
  step.undo_shell = "mv -n " + shell_quote(path_in(folder, name)) + " " +
                    shell_quote(directory + "/") + " && rmdir --ignore-fail-on-non-empty " +
                    shell_quote(folder);
  step.why = "no process can be writing it any more";
  return step;
}

std::string remove_line(const std::string& directory, const std::vector<std::string>& names) {
  std::string line = "rm --";
  for (const std::string& name : names) line += " " + shell_quote(path_in(directory, name));
  return line;
}

bool has_no_room(const PlanInput& input) {
  return input.forecast.disk.verdict == forecast::Verdict::refused;
}

/// Moving would make no room, so that nothing is done: a person is told what may go.
Proposal advice(const std::string& directory, const host::StaleTempFiles& stale) {
  Proposal proposal;
  proposal.predicted = "the next save has no room, and moving " + format_size(stale.bytes) +
                       " of files of dead children within their disk makes none";
  proposal.notes.push_back(
      "forkmend deletes nothing; no process has them open or can still write "
      "them, so to make room run: " +
      remove_line(directory, stale.names));
  return proposal;
}

/// With the largest first.
std::vector<std::string> chosen_of(const host::Root& root, const std::string& directory,
                                   std::vector<std::string> names) {
  const auto order_of = [&](const std::string& name) {
    const auto status = root.status(path_in(directory, name));
    return std::pair(status ? -status->size : 0, name);
  };
  std::ranges::sort(names, {}, order_of);
  if (names.size() > kAtOnce) names.resize(kAtOnce);
  return names;
}

PlanResult plan(const PlanInput& input) {
  const ProbeResult probed = probe(input);
  if (probed.answer != Applicability::applicable) return Refusal{probed.because};
  if (auto because = instance_is_not_ours(input.facts)) return Refusal{*because};
  const auto directory = input.facts.text("instance.dir.host_path");
  if (!directory) return Refusal{why_missing(input.facts, "instance.dir.host_path")};
  // The facts hold some of the names only, and it is looked again who may be writing them.
  auto stale = host::find_stale_temp_files(input.root, *directory);
  if (!stale) return Refusal{stale.error().message};
  if (stale->names.empty()) return Refusal{"the temporary files are gone or in use by now"};
  if (has_no_room(input)) return advice(*directory, *stale);
  Proposal proposal;
  for (const std::string& name : chosen_of(input.root, *directory, stale->names)) {
    proposal.steps.push_back(move_step(input.facts, *directory, name));
  }
  const std::string folder = path_in(*directory, kFolder);
  proposal.predicted = format_count(static_cast<std::int64_t>(proposal.steps.size())) +
                       " files of dead children lie in " + printable(folder) +
                       ", where only root can enter; no space is freed by that";
  proposal.notes.push_back("the space comes back when a person deletes them: rm -r " +
                           shell_quote(folder));
  if (stale->names.size() > proposal.steps.size()) {
    proposal.notes.push_back(
        format_count(static_cast<std::int64_t>(stale->names.size() - proposal.steps.size())) +
        " more are left for the next time");
  }
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kStaleTempFiles = {
    .id = "stale-temp-files",
    .summary = "move temporary files of dead children aside (nothing is deleted)",
    .symptom =
        "temp-PID.rdb, temp-rewriteaof-PID.aof and the like pile up in the server's dir after "
        "saves "
        "were killed",
    .changes =
        "moves them into .forkmend-quarantine in the same directory (root, mode 0700), if their "
        "process is gone and nobody has them open",
    .risk_note =
        "none for data: they were never whole. It frees no space by itself; where the next save "
        "has "
        "no room, the line that deletes them is given instead",
    .undo_by_hand = "mv DIR/.forkmend-quarantine/* DIR/ && rmdir DIR/.forkmend-quarantine",
    .scope = Scope::instance,
    .risk = Risk::safe,
    .causes = kCauses,
    .parameters = {},
    .probe = probe,
    .plan = plan,
};

}  // namespace forkmend::remediations
