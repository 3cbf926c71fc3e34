// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/accountable_facts.hpp"

#include <array>
#include <string>

#include "base/units.hpp"
#include "host/overcommit.hpp"
#include "host/process.hpp"
#include "host/saturate.hpp"

namespace forkmend::host {

namespace {

std::optional<std::int64_t> heuristic_free(const FactSet& host) {
  const auto free = host.integer("host.free_for_heuristic");
  const auto reserve = host.integer("host.total_reserve");
  const auto admin = host.integer("host.admin_reserve_kbytes");
  if (!free || !reserve || !admin) return std::nullopt;
  const std::int64_t kept = saturating_add(*reserve, saturating_multiply(*admin, 1024));
  return saturating_add(*free, -kept);
}

/// What mode 2 leaves for sure: less both reserves in full and a hundredth of RAM, more than the
/// kernel's counter can be off (RAM / 256). Missing reserves: those kernels take 3 % of what they
/// limit, so nothing is sure.
std::optional<std::int64_t> commit_room(const FactSet& host) {
  const auto limit = host.integer("host.commit_limit");
  const auto committed = host.integer("host.committed_as");
  const auto admin = host.integer("host.admin_reserve_kbytes");
  const auto user = host.integer("host.user_reserve_kbytes");
  const auto ram = host.integer("host.mem_total");
  if (!limit || !committed || !admin || !user || !ram) return std::nullopt;
  const std::int64_t reserves = saturating_multiply(saturating_add(*admin, *user), 1024);
  const std::int64_t taken = saturating_add(saturating_add(*committed, reserves), *ram / 100);
  return saturating_add(*limit, -taken);
}

SmapsQuestion smaps_question(const FactSet& host, std::optional<std::int64_t> bound) {
  SmapsQuestion question;
  question.overcommit_memory = host.integer("host.overcommit_memory");
  question.bound = bound;
  const auto rule = host.text("host.overcommit_rule");
  if (rule == "old") question.rule = Mode0Rule::old_rule;
  if (rule == "new") question.rule = Mode0Rule::new_rule;
  const auto total = host.integer("host.mem_total");
  const auto swap = host.integer("host.swap_total");
  if (total && swap) question.ram_and_swap = saturating_add(*total, *swap);
  question.heuristic_free = heuristic_free(host);
  question.commit_room = commit_room(host);
  return question;
}

/// Empty when the walk may be done.
std::string too_dear(const AccountableSubject& subject) {
  const auto resident = subject.facts.integer("instance.rss");
  if (!resident) return {};
  const auto cost = walk_cost(*resident);
  if (cost <= subject.limit.most) return {};
  return "not read: the walk would take about " + format_duration(cost) + ", more than " +
         format_duration(subject.limit.most) + ", while the server cannot map memory";
}

/// "Not looked at" and "this kernel does not tell" are unknown, never "has none"; what we may not
/// or will not read is unreadable.
FactState state_without(Errc code) {
  const bool unread = code == Errc::permission_denied || code == Errc::too_large;
  return unread ? FactState::unreadable : FactState::unknown;
}

/// How many of its pages are huge is told by nothing else.
bool may_have_huge_pages(const AccountableSubject& subject) {
  return subject.host.text("host.thp_enabled") == "always" &&
         subject.facts.flag("instance.thp_disabled") != true;
}

Result<Accountable> walk(const AccountableSubject& subject, std::optional<std::int64_t> bound) {
  const SmapsDecision decision = decide_smaps_walk(smaps_question(subject.host, bound));
  if (decision.walk == SmapsWalk::not_needed && !may_have_huge_pages(subject)) {
    return Error{Errc::not_found, "not read: " + decision.because};
  }
  std::string dear = too_dear(subject);
  if (!dear.empty()) return Error{Errc::too_large, std::move(dear)};
  return read_accountable(subject.root, subject.pid);
}

}  // namespace

void put_accountable_facts(FactWriter& writer, const AccountableSubject& subject) {
  const auto bound = accountable_bound(subject.facts.integer("instance.vm_data"),
                                       subject.facts.integer("instance.vm_stack"),
                                       subject.facts.integer("instance.vm_size"));
  writer.put_optional("instance.accountable_bound", bound,
                      proc_path(subject.pid, "status VmData + VmStk, VmSize"), FactState::unknown,
                      "VmData or VmStk is not known");
  const std::string source = proc_path(subject.pid, "smaps");
  const auto walked = walk(subject, bound);
  if (walked) {
    writer.put("instance.accountable", walked->total, source);
    writer.put("instance.accountable_max", walked->largest, source);
    writer.put("instance.anon_huge", walked->huge, source);
    return;
  }
  for (const std::string_view name :
       {"instance.accountable", "instance.accountable_max", "instance.anon_huge"}) {
    writer.miss(name, state_without(walked.error().code), source, walked.error().message);
  }
}

}  // namespace forkmend::host
