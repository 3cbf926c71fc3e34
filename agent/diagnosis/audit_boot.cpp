// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Will a knob be after the next boot what it is now? Who sets it is told, since a value that was
// only written to /proc is gone then, and one of a file that somebody else owns comes back.
#include <array>
#include <string>

#include "base/text.hpp"
#include "diagnosis/audit.hpp"

namespace forkmend::diagnosis {

namespace {

struct Knob {
  std::string_view id;
  std::string_view name;  ///< as a person knows it
  std::string_view live;
  std::string_view persisted;
  std::string_view kernel_default;  ///< empty: it differs from kernel to kernel
};

/// Defaults of mm/util.c (sysctl_overcommit_*). That of THP is a choice of whoever built the
/// kernel.
constexpr auto kKnobs = std::to_array<Knob>({
    {"boot-overcommit-memory", "vm.overcommit_memory", "host.overcommit_memory",
     "host.persisted.overcommit_memory", "0"},
    {"boot-overcommit-ratio", "vm.overcommit_ratio", "host.overcommit_ratio",
     "host.persisted.overcommit_ratio", "50"},
    {"boot-overcommit-kbytes", "vm.overcommit_kbytes", "host.overcommit_kbytes",
     "host.persisted.overcommit_kbytes", "0"},
    {"boot-thp", "transparent_hugepage/enabled", "host.thp_enabled", "host.persisted.thp_enabled",
     ""},
});

std::string value_of(const Fact* fact) {
  return fact != nullptr && fact->state == FactState::value ? forkmend::to_string(fact->value) : "";
}

Finding unknown(const Knob& knob, const Fact* fact) {
  const std::string reason = fact != nullptr && !fact->reason.empty() ? ": " + fact->reason : "";
  return {std::string(knob.id),
          Severity::unknown,
          "what sets " + std::string(knob.name) + " at boot is not known" + reason,
          "",
          "",
          "",
          "boot"};
}

/// overcommit_ratio and overcommit_kbytes zero each other, and count in mode 2 alone.
bool is_idle(const Knob& knob, const FactSet& facts) {
  const bool paired = knob.id == "boot-overcommit-ratio" || knob.id == "boot-overcommit-kbytes";
  return paired && facts.integer("host.overcommit_memory").value_or(2) != 2 &&
         facts.integer("host.persisted.overcommit_memory").value_or(0) != 2;
}

Finding compare(const Knob& knob, const FactSet& facts) {
  const std::string name(knob.name);
  const std::string live = value_of(facts.find(knob.live));
  const Fact* persisted = facts.find(knob.persisted);
  const bool nowhere = persisted != nullptr && persisted->state == FactState::not_applicable;
  if (live.empty() || persisted == nullptr || (!nowhere && persisted->state != FactState::value)) {
    return unknown(knob, persisted);
  }
  const std::string later = nowhere ? std::string(knob.kernel_default) : value_of(persisted);
  const std::string owner = nowhere ? "no file sets it" : "set by " + printable(persisted->source);
  Finding finding{std::string(knob.id),
                  Severity::ok,
                  name + " stays " + live + " at the next boot",
                  "",
                  live,
                  later.empty() ? owner : later + " (" + owner + ")",
                  "boot"};
  if (nowhere && later.empty()) {
    finding.says = name + " is " + live + " as this kernel has it: " + owner;
  } else if (is_idle(knob, facts)) {
    finding.says = name + " is not in force: vm.overcommit_memory is not 2, now or after a boot";
  } else if (later != live) {
    finding.severity = Severity::warning;
    finding.says =
        name + " is " + live + " now and will be " + later + " after the next boot: " + owner;
    finding.fix = nowhere ? "keep it in a file that sorts last, e.g. 99-zz-forkmend.conf, or let "
                            "forkmend fix do so with persist = \"after-verify\""
                          : "change it there, or ask whoever owns that file";
  }
  return finding;
}

}  // namespace

std::vector<Finding> audit_boot(const FactSet& facts) {
  std::vector<Finding> findings;
  findings.reserve(kKnobs.size());
  for (const Knob& knob : kKnobs) findings.push_back(compare(knob, facts));
  return findings;
}

}  // namespace forkmend::diagnosis
