// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/own_file.hpp"

#include <utility>

#include "base/text.hpp"
#include "remediations/shell.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::string_view kFirstLine =
    "# Written by forkmend after a change of the running system let a failed save succeed.";

}  // namespace

Result<OwnFile> read_own_file(const host::Root& root, const std::string& path) {
  const auto status = root.status(path);
  if (!status) {
    if (status.error().code == Errc::not_found) return OwnFile{};
    return status.error();
  }
  if (!status->is_regular()) return Error{Errc::invalid, path + " is not a regular file"};
  auto text = root.read(path);
  if (!text) return text.error();
  if (!text->starts_with(kFirstLine)) {
    return Error{Errc::invalid, path + " was not written by forkmend"};
  }
  OwnFile file;
  for (const std::string_view line : lines_of(*text)) {
    const std::string_view content = trim(line);
    if (!content.empty() && !content.starts_with('#')) file.lines.emplace_back(content);
  }
  file.content = std::move(*text);
  return file;
}

std::string own_file_text(std::string_view apply, const std::vector<std::string>& lines) {
  std::string text(kFirstLine);
  text +=
      "\n# Why and when: forkmend history. To undo: forkmend rollback; or delete the file, then ";
  text += apply;
  text += "\n# It is rewritten as a whole: keep settings of your own in another file.\n";
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

Persistence not_persisted(std::string_view because) {
  return {.steps = {}, .notes = {"not kept over a reboot: " + std::string(because)}};
}

void append(Proposal& proposal, Persistence persistence) {
  for (Step& step : persistence.steps) proposal.persist.push_back(std::move(step));
  for (std::string& note : persistence.notes) proposal.notes.push_back(std::move(note));
}

Persistence own_file_step(const OwnFileChange& change, const OwnFile& now, std::string text) {
  if (now.content == text) {
    return {.steps = {}, .notes = {change.path + " already keeps it over a reboot"}};
  }
  Step step;
  step.remedy = change.remedy;
  step.target.type = StepType::file;
  step.target.name = change.path;
  step.target.afterwards = change.afterwards;
  step.before = now.content;
  step.after = std::move(text);
  step.scope = Scope::host;
  step.needs_root = true;
  step.shell = file_line(change.path, step.after, change.afterwards);
  step.undo_shell = file_line(change.path, step.before, change.afterwards);
  step.why = change.why;
  Persistence persistence;
  persistence.steps.push_back(std::move(step));
  return persistence;
}

}  // namespace forkmend::remediations
