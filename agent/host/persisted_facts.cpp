// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/persisted_facts.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "host/sysctl_order.hpp"
#include "host/thp_owner.hpp"
#include "host/tuned.hpp"

namespace forkmend::host {

namespace {

struct Knob {
  std::string_view fact;
  std::string_view key;
};

constexpr auto kKnobs = std::to_array<Knob>({
    {"host.persisted.overcommit_memory", "vm.overcommit_memory"},
    {"host.persisted.overcommit_ratio", "vm.overcommit_ratio"},
    {"host.persisted.overcommit_kbytes", "vm.overcommit_kbytes"},
});

constexpr std::string_view kNowhere = "no file of this host sets it";

std::string place(const std::string& file, std::size_t line) {
  return file + ":" + std::to_string(line);
}

/// A captured tree without any of the places has not been asked.
FactState nowhere(const Root& root, std::initializer_list<std::string_view> places) {
  const bool asked = root.live() || std::ranges::any_of(places, [&](std::string_view path) {
                       return root.exists(path);
                     });
  return asked ? FactState::not_applicable : FactState::unknown;
}

void put_knob(FactWriter& writer, const Root& root, const Knob& knob) {
  const SysctlOrder order = sysctl_order(root, knob.key);
  if (!order.problems.empty()) {
    writer.miss(knob.fact, order.problems.front(), "sysctl.d");
    return;
  }
  const auto tuned = tuned_setting(root, "sysctl", knob.key);
  // With reapply_sysctl, its default, tuned lets the files of /etc and /run win afterwards, but not
  // those of packages.
  const bool by_tuned = tuned && (!order.winner || order.winner->file.starts_with("/usr/"));
  if (!order.winner && !tuned) {
    writer.miss(knob.fact, nowhere(root, {"/etc/sysctl.d", "/usr/lib/sysctl.d"}), "sysctl.d",
                kNowhere);
    return;
  }
  const std::string source =
      by_tuned ? place(tuned->file, tuned->line) : place(order.winner->file, order.winner->line);
  const std::string& text = by_tuned ? tuned->value : order.winner->value;
  if (const auto value = parse_integer(text)) {
    writer.put(knob.fact, *value, source);
  } else {
    writer.miss(knob.fact, FactState::unknown, source,
                "\"" + printable(text, 40) + "\" is no number");
  }
}

/// Of /etc/sysctl.conf where nothing reads it: people go on writing to it.
void put_ignored(FactWriter& writer, const Root& root) {
  constexpr std::string_view kFact = "host.persisted.ignored_overcommit_memory";
  const SysctlOrder order = sysctl_order(root, "vm.overcommit_memory");
  if (order.ignored.empty()) {
    writer.miss(kFact, nowhere(root, {"/etc/sysctl.d", "/usr/lib/sysctl.d"}), "/etc/sysctl.conf",
                "no such file sets it");
    return;
  }
  const SysctlAssignment& last = order.ignored.back();
  const std::string source = place(last.file, last.line);
  writer.put_optional(kFact, parse_integer(last.value), source, FactState::unknown,
                      "it is no number");
}

/// The last of them has the last word; tuned keeps its hands off when the command line sets it
/// (its plugin vm).
std::optional<ThpOwner> thp_winner(const std::vector<ThpOwner>& owners) {
  const bool by_kernel = std::ranges::any_of(owners, [](const ThpOwner& owner) {
    return owner.kind == ThpOwnerKind::kernel_command_line;
  });
  std::optional<ThpOwner> winner;
  for (const ThpOwner& owner : owners) {
    if (owner.value.empty() || (by_kernel && owner.kind == ThpOwnerKind::tuned)) continue;
    if (!winner || owner.kind >= winner->kind) winner = owner;
  }
  return winner;
}

}  // namespace

void put_persisted_facts(FactWriter& writer, const Root& root) {
  for (const Knob& knob : kKnobs) put_knob(writer, root, knob);
  put_ignored(writer, root);
  constexpr std::string_view kThp = "host.persisted.thp_enabled";
  const auto owner = thp_winner(thp_owners(root));
  if (owner) {
    writer.put(kThp, owner->value, owner->file);
  } else {
    writer.miss(kThp, nowhere(root, {"/proc/cmdline", "/etc/tmpfiles.d", "/usr/lib/tmpfiles.d"}),
                "tmpfiles.d, units, tuned, kernel command line", kNowhere);
  }
}

}  // namespace forkmend::host
