// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
//
// Mainline changed the rule in 5.2, and the release number alone decides for most kernels. Vendors
// moved it both ways under an old number, so their kernels are a table of what was read in source:
// RHEL 8 took the change in with 8.3 and reverted it with 8.5.
#include "host/overcommit.hpp"

#include <array>

#include "base/text.hpp"
#include "host/kernel_release.hpp"
#include "host/saturate.hpp"

namespace forkmend::host {

namespace {

/// 4.18.0-N.el8: read in source are 80 (8.0), 240 (8.3), 305 (8.4), 348 (8.5) to 553 (8.10).
Mode0Answer rhel8_rule(const KernelRelease& release) {
  if (!release.build) return {Mode0Rule::unknown, "an el8 kernel without build number"};
  const std::int64_t build = *release.build;
  if (build <= 80) return {Mode0Rule::old_rule, "RHEL 8.0 kernel"};
  if (build < 240) return {Mode0Rule::unknown, "RHEL 8.1 and 8.2 kernels have not been read"};
  if (build < 348) return {Mode0Rule::new_rule, "RHEL 8.3 and 8.4 took the new rule in"};
  return {Mode0Rule::old_rule, "RHEL 8.5 and later reverted to the old rule"};
}

}  // namespace

std::string_view to_string(Mode0Rule rule) {
  switch (rule) {
    case Mode0Rule::old_rule:
      return "old";
    case Mode0Rule::new_rule:
      return "new";
    case Mode0Rule::unknown:
      return "unknown";
  }
  return "unknown";
}

Mode0Answer mode0_rule(std::string_view kernel_release) {
  const std::string_view text = trim(kernel_release);
  const auto release = parse_kernel_release(text);
  if (!release) return {Mode0Rule::unknown, "no kernel release"};
  const auto names = [&](std::string_view part) {
    return text.find(part) != std::string_view::npos;
  };
  if (release->is(4, 18) && names(".el8")) return rhel8_rule(*release);
  if (release->at_least(5, 2)) return {Mode0Rule::new_rule, "kernels from 5.2 on"};
  // Old by their base version, but vendors who move changes between releases were not read.
  if (release->is(4, 12) || (release->is(4, 14) && (names(".amzn2") || names("uek")))) {
    return {Mode0Rule::unknown, "a vendor's " + std::to_string(release->major) + "." +
                                    std::to_string(release->minor) +
                                    " kernel that has not been read"};
  }
  return {Mode0Rule::old_rule, "kernels before 5.2"};
}

std::optional<std::int64_t> free_for_heuristic(const Counters& vmstat,
                                               std::int64_t swap_free_pages) {
  constexpr std::array<std::string_view, 3> kAdded = {"nr_free_pages", "nr_file_pages",
                                                      "nr_slab_reclaimable"};
  std::int64_t pages = swap_free_pages;
  for (const std::string_view name : kAdded) {
    const auto value = find(vmstat, name);
    if (!value) return std::nullopt;
    pages = saturating_add(pages, *value);
  }
  const auto shmem = find(vmstat, "nr_shmem");
  if (!shmem) return std::nullopt;
  // RHEL 8.5 on; 4.17 to 4.19 count such memory too but do not export it.
  const std::int64_t misc = find(vmstat, "nr_kernel_misc_reclaimable").value_or(0);
  return saturating_add(saturating_add(pages, misc), -*shmem);
}

std::optional<std::int64_t> telling_mapping(std::int64_t free, std::int64_t total) {
  constexpr std::int64_t kLeast = std::int64_t{256} << 20U;
  if (free < 0 || total <= free || total - free < kLeast) return std::nullopt;
  return free + (total - free) / 2;
}

Mode0Answer with_probe(Mode0Answer by_release, std::optional<bool> admitted) {
  if (!admitted) return by_release;
  const Mode0Rule probed = *admitted ? Mode0Rule::new_rule : Mode0Rule::old_rule;
  const std::string said =
      by_release.rule == Mode0Rule::unknown ? "not known" : std::string(to_string(by_release.rule));
  return {probed,
          std::string("a mapping larger than what is free, and smaller than RAM and swap, was ") +
              (*admitted ? "admitted" : "refused") + " (by the release: " + said + ")"};
}

}  // namespace forkmend::host
