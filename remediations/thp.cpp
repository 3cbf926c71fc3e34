// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: with transparent huge pages a fork is quick, but on kernels before 5.8 the first
// write to a shared huge page copies 2 MiB, so that a save may copy the whole data set; on newer
// ones the pages stay split in part and look used for long.
//
// Why this helps: with `never` (or `madvise`, as servers do not ask) new memory comes in 4 KiB
// pages. From 6.8 on each size has a knob of its own, of which "inherit" follows the global one, so
// only those that give huge pages unasked are changed.
//
// The risk: other programs of the host may count on huge pages. Pages that are huge already stay so
// until they are freed or the server is restarted.
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "host/config_dirs.hpp"
#include "host/thp.hpp"
#include "host/thp_owner.hpp"
#include "remediations/gate.hpp"
#include "remediations/own_file.hpp"
#include "remediations/shell.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::string_view kTmpfilesFile = "/etc/tmpfiles.d/zz-forkmend-thp.conf";

constexpr auto kCauses = std::to_array<std::string_view>({"thp"});
constexpr auto kChoices = std::to_array<std::string_view>({"never", "madvise"});
constexpr auto kParameters = std::to_array<policy::ParameterSpec>({
    {.name = "to",
     .type = policy::ParameterType::choice,
     .default_value = "never",
     .choices = kChoices,
     .help = "never, or madvise: huge pages only for programs that ask for them"},
});

std::string global_knob(const host::Thp& thp) {
  return thp.directory + "/enabled";
}

std::string size_knob(const host::Thp& thp, const host::ThpSize& size) {
  return thp.directory + "/hugepages-" + size.size + "/enabled";
}

/// Does the global knob decide for some size: before 6.8 always, then where a size inherits it.
bool global_counts(const host::Thp& thp) {
  return thp.sizes.empty() || std::ranges::any_of(thp.sizes, [](const host::ThpSize& size) {
           return size.value == "inherit";
         });
}

bool given_unasked(const host::Thp& thp) {
  if (thp.enabled == "always" && global_counts(thp)) return true;
  return std::ranges::any_of(thp.sizes,
                             [](const host::ThpSize& size) { return size.value == "always"; });
}

ProbeResult probe_knobs(const host::Root& root) {
  const auto thp = host::read_thp(root);
  if (!thp) {
    const bool none = thp.error().code == Errc::not_found;
    return {none ? Applicability::not_applicable : Applicability::unknown, thp.error().message};
  }
  const std::string on = host::thp_sizes_on(*thp);
  const std::string state =
      "transparent huge pages: " + thp->enabled + (on.empty() ? "" : " (" + on + ")");
  return {given_unasked(*thp) ? Applicability::applicable : Applicability::already_good, state};
}

ProbeResult probe(const PlanInput& input) {
  if (input.facts.flag("instance.thp_disabled").value_or(false)) {
    return {Applicability::not_applicable,
            "the server has switched transparent huge pages off for itself"};
  }
  ProbeResult knobs = probe_knobs(input.root);
  if (knobs.answer != Applicability::applicable) return knobs;
  const std::string line = echo_line(input.parameters.text("to").value_or("never"),
                                     "/sys/kernel/mm/transparent_hugepage/enabled");
  if (auto because = host_is_not_ours(input.facts, line)) {
    return {
        input.facts.text("host.container") ? Applicability::not_applicable : Applicability::unknown,
        *because};
  }
  return knobs;
}

Step knob_step(const std::string& path, const std::string& before, const std::string& after) {
  Step step;
  step.remedy = "thp";
  step.target.type = StepType::sysfs;
  step.target.name = path;
  step.before = before;
  step.after = after;
  step.scope = Scope::host;
  step.needs_root = true;
  step.shell = echo_line(after, path);
  step.undo_shell = echo_line(before, path);
  step.why = "a write during a save must not copy or split a huge page";
  return step;
}

std::vector<Step> knob_steps(host::Thp thp, const std::string& to) {
  std::vector<Step> steps;
  if (thp.enabled == "always" && global_counts(thp)) {
    steps.push_back(knob_step(global_knob(thp), thp.enabled, to));
    thp.enabled = to;
    steps.back().effects.emplace("host.thp_enabled", to);
    steps.back().effects.emplace("host.thp_sizes_on", host::thp_sizes_on(thp));
  }
  for (host::ThpSize& size : thp.sizes) {
    if (size.value != "always") continue;
    steps.push_back(knob_step(size_knob(thp, size), size.value, to));
    size.value = to;
    steps.back().effects.emplace("host.thp_sizes_on", host::thp_sizes_on(thp));
  }
  return steps;
}

/// The line of somebody else's tmpfiles.d file for one of the knobs. Of several lines for one path
/// systemd-tmpfiles applies that of the first name, so ours would not be.
std::optional<std::string> other_tmpfiles_line(const host::Root& root,
                                               const std::vector<Step>& steps) {
  for (const std::string& file : host::drop_in_files(root, "tmpfiles.d").files) {
    const auto text = root.read(file);
    if (file == kTmpfilesFile || !text) continue;
    const auto lines = lines_of(*text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const auto fields = split_blanks(lines[i]);
      if (fields.size() < 2 || !fields[0].starts_with('w')) continue;
      const bool same = std::ranges::any_of(
          steps, [&](const Step& step) { return step.target.name == fields[1]; });
      if (same) return file + ":" + std::to_string(i + 1) + ": " + std::string(trim(lines[i]));
    }
  }
  return std::nullopt;
}

/// "w PATH - - - - VALUE" for every knob that we set now or did before.
std::vector<std::string> tmpfiles_lines(const OwnFile& now, const std::vector<Step>& steps) {
  std::map<std::string, std::string, std::less<>> values;
  for (const std::string& line : now.lines) {
    const auto fields = split_blanks(line);
    if (fields.size() == 7) values[std::string(fields[1])] = fields[6];
  }
  for (const Step& step : steps) values[step.target.name] = step.after.value_or("never");
  std::vector<std::string> lines;
  lines.reserve(values.size());
  for (const auto& [path, value] : values) {
    lines.push_back(join(std::array<std::string, 3>{"w", path, "- - - - " + value}, " "));
  }
  return lines;
}

std::vector<std::string> owner_notes(const host::Root& root) {
  std::vector<std::string> notes;
  for (const host::ThpOwner& owner : host::thp_owners(root)) {
    if (owner.kind == host::ThpOwnerKind::tmpfiles) continue;
    notes.push_back(std::string(to_string(owner.kind)) + " (" + printable(owner.file) +
                    ") sets transparent huge pages too: " + printable(owner.text));
  }
  return notes;
}

Persistence persist(const PlanInput& input, const std::vector<Step>& steps) {
  const auto systemd = input.facts.flag("host.systemd");
  if (!systemd) return not_persisted(why_missing(input.facts, "host.systemd"));
  if (!*systemd) return not_persisted("systemd, which reads tmpfiles.d, does not run here");
  if (auto other = other_tmpfiles_line(input.root, steps)) {
    return not_persisted(printable(*other) + " sets it at boot");
  }
  const auto now = read_own_file(input.root, std::string(kTmpfilesFile));
  if (!now) return not_persisted(now.error().message);
  return own_file_step(
      {.remedy = "thp",
       .path = std::string(kTmpfilesFile),
       .why = "switches huge pages off at the next boot"},
      *now,
      own_file_text("write the old value into the file (or reboot).", tmpfiles_lines(*now, steps)));
}

PlanResult plan(const PlanInput& input) {
  const ProbeResult probed = probe(input);
  if (probed.answer != Applicability::applicable) return Refusal{probed.because};
  if (auto because = instance_is_not_ours(input.facts)) return Refusal{*because};
  const auto thp = host::read_thp(input.root);
  if (!thp) return Refusal{thp.error().message};
  Proposal proposal;
  proposal.steps = knob_steps(*thp, input.parameters.text("to").value_or("never"));
  proposal.predicted = "new memory of the server comes in small pages";
  proposal.notes.emplace_back(
      "pages that are huge already stay so until they are freed or the server is restarted");
  append(proposal, persist(input, proposal.steps));
  for (std::string& note : owner_notes(input.root)) proposal.notes.push_back(std::move(note));
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kThp = {
    .id = "thp",
    .summary = "switch transparent huge pages off (never or madvise)",
    .symptom =
        "a save copies close to the whole data set although few keys change, or the server warns "
        "\"You have Transparent Huge Pages (THP) support enabled in your kernel\"",
    .changes =
        "/sys/kernel/mm/transparent_hugepage/enabled and, on new kernels, the hugepages-*/enabled "
        "that say always; to keep it, /etc/tmpfiles.d/zz-forkmend-thp.conf",
    .risk_note =
        "holds for every program of the host: some profit from huge pages; madvise leaves them to "
        "those that ask",
    .undo_by_hand =
        "echo always > /sys/kernel/mm/transparent_hugepage/enabled (or the old value); delete "
        "/etc/tmpfiles.d/zz-forkmend-thp.conf",
    .scope = Scope::host,
    .risk = Risk::safe,
    .causes = kCauses,
    .parameters = kParameters,
    .probe = probe,
    .plan = plan,
};

}  // namespace forkmend::remediations
