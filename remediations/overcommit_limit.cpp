// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: in strict mode (vm.overcommit_memory=2) the kernel refuses fork() with ENOMEM when
// Committed_AS and the child's charge pass CommitLimit (__vm_enough_memory() in mm/util.c).
//
// Why this helps: the mode that somebody chose stays; CommitLimit rises just enough for the child,
// the error of the kernel's counter and some headroom. It is raised in the form that is in use:
// overcommit_ratio, or overcommit_kbytes where that is set. The two zero each other, so they are
// one setting.
//
// The risk: more may be promised than before. By itself never more than RAM and swap hold; beyond
// that only where the policy names the limit (raise_to).
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "base/units.hpp"
#include "forecast/commit.hpp"
#include "remediations/gate.hpp"
#include "remediations/part.hpp"
#include "remediations/shell.hpp"
#include "remediations/sysctl_file.hpp"

namespace forkmend::remediations {

namespace {

using forecast::CommitSettings;

constexpr std::string_view kRatio = "vm.overcommit_ratio";
constexpr std::string_view kKbytes = "vm.overcommit_kbytes";
constexpr std::int64_t kStrict = 2;
constexpr std::int64_t kDefaultHeadroom = std::int64_t{64} << 20;
constexpr std::int64_t kAllOfRam = 100;

constexpr auto kCauses = std::to_array<std::string_view>({"commit-limit"});
constexpr auto kParameters = std::to_array<policy::ParameterSpec>({
    {.name = "raise_to",
     .type = policy::ParameterType::size,
     .default_value = "auto",
     .takes_auto = true,
     .minimum = 1,
     .help = "the CommitLimit to reach; auto: just enough, and never more than RAM and swap"},
    {.name = "headroom",
     .type = policy::ParameterType::size,
     .default_value = "64MiB",
     .minimum = 0,
     .help = "with auto: what stays free beyond the child and the error of the kernel's counter"},
});

ProbeResult judge(const PlanInput& input, std::int64_t required) {
  const forecast::RuleForecast* rule = input.forecast.find("OC2");
  const bool blamed = input.cause != nullptr && input.cause->id == kCauses.front();
  if (required == 0) {
    return {Applicability::already_good, "the next fork fits under CommitLimit"};
  }
  if (!blamed && (rule == nullptr || rule->verdict == forecast::Verdict::unknown)) {
    return {Applicability::unknown,
            rule != nullptr ? rule->says : "the forecast does not say whether CommitLimit binds"};
  }
  if (!blamed && rule->verdict == forecast::Verdict::admitted) {
    return {Applicability::already_good, rule->says};
  }
  return {Applicability::applicable, "CommitLimit is " + format_size(required) +
                                         " short of what the next fork needs for sure"};
}

ProbeResult probe(const PlanInput& input) {
  const FactSet& facts = input.facts;
  const auto mode = facts.integer("host.overcommit_memory");
  if (!mode) return no_answer(facts, "host.overcommit_memory");
  if (*mode != kStrict) {
    return {Applicability::not_applicable,
            "CommitLimit is enforced in strict mode only; "
            "vm.overcommit_memory is " +
                std::to_string(*mode)};
  }
  if (!forecast::commit_settings(facts)) {
    for (const std::string_view name :
         {"host.page_size", "host.mem_total", "host.swap_total", "host.overcommit_kbytes",
          "host.overcommit_ratio", "host.hugetlb"}) {
      if (!facts.integer(name)) return no_answer(facts, name);
    }
    return {Applicability::unknown, "what CommitLimit is made of is not known"};
  }
  const auto required = forecast::required_commit_bytes(facts);
  if (!required) {
    return {Applicability::unknown, "what the next fork needs under CommitLimit is not known"};
  }
  return judge(input, *required);
}

/// The setting in the form that is in use, raised until CommitLimit is at least `wanted` bytes.
/// nullopt: no value reaches it.
std::optional<CommitSettings> raised(CommitSettings settings, std::int64_t wanted) {
  const std::int64_t page = settings.page_size;
  const std::int64_t pages =
      wanted / page + (wanted % page != 0 ? 1 : 0) - settings.swap_total / page;
  if (settings.overcommit_kbytes != 0) {
    settings.overcommit_kbytes = pages * (page / 1024);
    return settings;
  }
  const std::int64_t whole = settings.mem_total / page - settings.hugetlb / page;
  if (whole <= 0 || pages > std::numeric_limits<std::int64_t>::max() / kAllOfRam) {
    return std::nullopt;
  }
  settings.overcommit_ratio = (pages * kAllOfRam + whole - 1) / whole;
  if (settings.overcommit_ratio > std::numeric_limits<int>::max()) return std::nullopt;
  return settings;
}

std::string beyond_memory(std::int64_t limit, std::int64_t held) {
  return "a CommitLimit of " + format_size(limit) + " would promise more than RAM and swap hold (" +
         format_size(held) + "); add swap or free memory, or name raise_to in the policy";
}

/// As far as the limit may go: what RAM and swap hold.
CommitSettings most(CommitSettings settings, std::int64_t ram) {
  if (settings.overcommit_kbytes != 0) {
    settings.overcommit_kbytes = ram / 1024;
  } else {
    settings.overcommit_ratio = kAllOfRam;
  }
  return settings;
}

/// What to set, or why nothing fits.
std::variant<CommitSettings, Refusal> choose(const PlanInput& input, const CommitSettings& now) {
  const std::int64_t limit = forecast::commit_limit_bytes(now);
  const std::int64_t required = forecast::required_commit_bytes(input.facts).value_or(0);
  const auto named = input.parameters.integer("raise_to");
  const std::int64_t headroom = input.parameters.integer("headroom").value_or(kDefaultHeadroom);
  if (named && *named < limit + required) {
    return Refusal{"raise_to " + format_size(*named) +
                   " is not enough: the next fork needs a "
                   "CommitLimit of " +
                   format_size(limit + required)};
  }
  const auto then = raised(now, named ? *named : limit + required + headroom);
  if (!then) return Refusal{"no overcommit_ratio reaches the CommitLimit that is needed"};
  // Not from the settings: with overcommit_kbytes RAM is no part of them.
  const auto ram = input.facts.integer("host.mem_total");
  if (!ram) return Refusal{why_missing(input.facts, "host.mem_total")};
  const std::int64_t held = *ram + now.swap_total;
  const std::int64_t reached = forecast::commit_limit_bytes(*then);
  const bool ratio_over = then->overcommit_kbytes == 0 && then->overcommit_ratio > kAllOfRam;
  if (named || (reached <= held && !ratio_over)) return *then;
  const CommitSettings all = most(now, *ram);
  const bool gains = forecast::commit_limit_bytes(all) > limit;
  if (is_part(input.parameters) && gains) return all;
  return Refusal{beyond_memory(reached, held)};
}

struct Setting {
  std::string_view key;
  std::string_view other;
  std::string_view word;
  std::int64_t value = 0;
};

Setting in_use(const CommitSettings& settings) {
  if (settings.overcommit_kbytes != 0) {
    return {kKbytes, kRatio, "kbytes=", settings.overcommit_kbytes};
  }
  return {kRatio, kKbytes, "ratio=", settings.overcommit_ratio};
}

Step limit_step(const CommitSettings& now, const CommitSettings& then) {
  const Setting old_setting = in_use(now);
  const Setting setting = in_use(then);
  Step step;
  step.remedy = "overcommit-limit";
  step.target.type = StepType::commit_limit;
  step.target.name = "vm.overcommit_ratio|kbytes";
  step.before = std::string(old_setting.word) + std::to_string(old_setting.value);
  step.after = std::string(setting.word) + std::to_string(setting.value);
  step.scope = Scope::host;
  step.needs_root = true;
  step.shell = sysctl_line(setting.key, std::to_string(setting.value));
  step.undo_shell = sysctl_line(old_setting.key, std::to_string(old_setting.value));
  step.why = "strict mode stays and admits the save child";
  const bool by_kbytes = then.overcommit_kbytes != 0;
  step.effects.emplace("host.overcommit_ratio",
                       by_kbytes ? std::int64_t{0} : then.overcommit_ratio);
  step.effects.emplace("host.overcommit_kbytes", then.overcommit_kbytes);
  step.effects.emplace("host.commit_limit", forecast::commit_limit_bytes(then));
  return step;
}

PlanResult plan(const PlanInput& input) {
  const ProbeResult probed = probe(input);
  if (probed.answer != Applicability::applicable) return Refusal{probed.because};
  const auto now = forecast::commit_settings(input.facts);
  if (!now) return Refusal{probed.because};
  const auto chosen = choose(input, *now);
  if (const auto* refusal = std::get_if<Refusal>(&chosen)) return *refusal;
  const auto& then = std::get<CommitSettings>(chosen);
  const Setting setting = in_use(then);
  const std::string value = std::to_string(setting.value);
  if (auto because = host_is_not_ours(input.facts, sysctl_line(setting.key, value))) {
    return Refusal{*because};
  }
  if (auto because = instance_is_not_ours(input.facts)) return Refusal{*because};
  if (auto because = short_of_memory(input)) return Refusal{*because};
  Proposal proposal;
  proposal.steps.push_back(limit_step(*now, then));
  proposal.predicted = "CommitLimit is " + format_size(forecast::commit_limit_bytes(then)) +
                       " instead of " + format_size(forecast::commit_limit_bytes(*now));
  append(proposal, persist_sysctl(input, {.remedy = "overcommit-limit",
                                          .key = std::string(setting.key),
                                          .value = value,
                                          .excludes = std::string(setting.other)}));
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kOvercommitLimit = {
    .id = "overcommit-limit",
    .summary = "stay in strict overcommit and raise CommitLimit just enough",
    .symptom =
        "\"Can't save in background: fork: Cannot allocate memory\" with vm.overcommit_memory=2 "
        "and Committed_AS close to CommitLimit",
    .changes =
        "vm.overcommit_ratio, or vm.overcommit_kbytes where that is in use (they zero each other); "
        "to keep it, /etc/sysctl.d/99-zz-forkmend.conf",
    .risk_note =
        "more memory may be promised than before, though not more than RAM and swap hold unless "
        "raise_to says so",
    .undo_by_hand =
        "sysctl -w with the old vm.overcommit_ratio or vm.overcommit_kbytes; delete its line from "
        "/etc/sysctl.d/99-zz-forkmend.conf",
    .scope = Scope::host,
    .risk = Risk::safe,
    .causes = kCauses,
    .parameters = kParameters,
    .probe = probe,
    .plan = plan,
};

}  // namespace forkmend::remediations
