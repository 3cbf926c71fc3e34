// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "trial.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include "forecast/commit.hpp"
#include "forecast/forecast.hpp"
#include "host/accountable.hpp"
#include "host/facts.hpp"
#include "host/process.hpp"

namespace forkmend::bench {

namespace {

constexpr std::int64_t kMiB = std::int64_t{1} << 20;
/// What the rest of the machine may always still commit.
constexpr std::int64_t kMargin = 1024 * kMiB;
/// More than this between the forecast and the end of the fork: not the state that was judged.
constexpr std::int64_t kDrift = 4 * kMiB;

FactSet facts_of(pid_t pid) {
  const host::Root root;
  FactSet facts = host::host_facts(root);
  facts.merge(host::process_facts(root, pid, facts));
  return facts;
}

std::int64_t need(const FactSet& facts, std::string_view name) {
  const auto value = facts.integer(name);
  if (!value) throw std::runtime_error("no " + std::string(name));
  return *value;
}

/// The limit that leaves so much behind the fork, by the same arithmetic the other way round; never
/// so low that others suffer.
void limit_commit(HostKnobs& knobs, pid_t pid, std::int64_t room, const FactSet& facts) {
  const auto charge = host::read_accountable(host::Root(), pid);
  if (!charge) throw std::runtime_error(charge.error().message);
  const bool admin = facts.flag("instance.cap_sys_admin").value_or(false);
  const std::int64_t user = std::min(need(facts, "instance.vm_size") / 32,
                                     need(facts, "host.user_reserve_kbytes") * 1024);
  const std::int64_t reserves =
      user + (admin ? 0 : need(facts, "host.admin_reserve_kbytes") * 1024);
  const std::int64_t committed = testing::meminfo_bytes("Committed_AS");
  const std::int64_t limit = committed + charge->total + reserves + room;
  knobs.limit_commit(std::max(limit, committed + kMargin) - need(facts, "host.swap_total"));
}

void limit_pids(const std::string& cgroup, std::optional<std::int64_t> room) {
  const std::int64_t current = read_knob(cgroup + "/pids.current");
  write_knob(cgroup + "/pids.max", room ? std::to_string(current + *room) : "max");
}

void limit_memory(const std::string& cgroup, pid_t pid, std::optional<std::int64_t> room) {
  if (cgroup.empty()) return;
  if (!room) return write_knob(cgroup + "/memory.limit_in_bytes", "-1");
  const auto status = host::read_status(host::Root(), pid);
  if (!status || !status->vm_pte) throw std::runtime_error("no VmPTE");
  const std::int64_t used = read_knob(cgroup + "/memory.usage_in_bytes");
  write_knob(cgroup + "/memory.limit_in_bytes", std::to_string(used + *status->vm_pte + *room));
}

/// Takes away what binds. False: this one cannot be lifted.
bool lift(const std::string& rule, Subject& subject, HostKnobs& knobs) {
  if (rule == "NPROC") return subject.raise_nproc();
  if (rule == "DL") return subject.schedule_normally();
  if (rule == "PIDS") {
    limit_pids(knobs.inner(), std::nullopt);
    limit_pids(knobs.outer(), std::nullopt);
    return true;
  }
  if (!rule.starts_with("OC")) return false;
  knobs.set_mode(1);
  return true;
}

/// Tasks of both cgroups. A process of an earlier trial can leave late: whoever was born in a pid
/// namespace of its own is reaped by the machine's init.
std::int64_t tasks_of(const HostKnobs& knobs) {
  return read_knob(knobs.inner() + "/pids.current") + read_knob(knobs.outer() + "/pids.current");
}

/// Forecast and fork. nullopt: disturbed.
std::optional<Trial> ask_and_fork(const std::string& about, Subject& subject,
                                  const HostKnobs& knobs, std::string& says) {
  const std::int64_t tasks = tasks_of(knobs);
  const FactSet facts = facts_of(subject.pid());
  const auto forecast = forecast::forecast_fork(facts);
  const auto* rule = forecast.find(forecast.binding_rule);
  Trial trial = predicted(forecast, about);
  says = rule != nullptr ? rule->says : "";
  trial.outcome = subject.fork_now();
  const bool strict = facts.integer("host.overcommit_memory") == 2;
  const std::int64_t drift =
      testing::meminfo_bytes("Committed_AS") - need(facts, "host.committed_as");
  if (strict && !trial.outcome.died && std::abs(drift) > kDrift) return std::nullopt;
  if (!trial.outcome.died && tasks_of(knobs) != tasks) return std::nullopt;
  return trial;
}

/// Whatever comes, the limits that others could feel go.
struct FreeAtEnd {
  HostKnobs& knobs;
  ~FreeAtEnd() {
    try {
      knobs.free_commit();
    } catch (const std::exception& error) {
      std::cerr << error.what() << '\n';
    }
  }
};

void set_limits(const Setup& setup, HostKnobs& knobs, pid_t pid) {
  knobs.set_mode(setup.fork_mode);
  limit_pids(knobs.inner(), setup.inner_room);
  limit_pids(knobs.outer(), setup.outer_room);
  if (setup.memory_room) limit_memory(knobs.memory(), pid, setup.memory_room);
  if (setup.commit_room) limit_commit(knobs, pid, *setup.commit_room, facts_of(pid));
}

void unlimit(HostKnobs& knobs) {
  limit_pids(knobs.inner(), std::nullopt);
  limit_pids(knobs.outer(), std::nullopt);
  limit_memory(knobs.memory(), 0, std::nullopt);
}

}  // namespace

Trial predicted(const forecast::Forecast& forecast, const std::string& about) {
  Trial trial{.rule = forecast.binding_rule.empty() ? about : forecast.binding_rule,
              .verdict = forecast.verdict};
  for (const auto& rule : forecast.rules) {
    const bool binds = rule.id == forecast.binding_rule;
    if (binds || rule.verdict == forecast::Verdict::too_close) {
      trial.possible_errnos.push_back(rule.refusal_errno);
    }
    if (binds) break;
  }
  return trial;
}

void record(Scoreboard& board, const Trial& trial, const std::string& what) {
  board.add(trial);
  const Score got = score(trial);
  if (got != Score::wrong && got != Score::unknown) return;
  std::cerr << (got == Score::wrong ? "wrong: " : "unknown: ") << what << ": " << trial.rule << " "
            << to_string(trial.verdict) << ", but "
            << (trial.outcome.died ? "it died"
                                   : "errno " + std::to_string(trial.outcome.error_number))
            << "\n";
}

HostSize host_size(const HostKnobs& knobs) {
  const FactSet facts = host::host_facts(host::Root());
  const std::int64_t page = need(facts, "host.page_size");
  return {.ram_and_swap = need(facts, "host.mem_total") + need(facts, "host.swap_total"),
          .counter_error = forecast::commit_counter_error_pages(facts).value_or(0) * page,
          .stock = need(facts, "host.cpus_online") * 64 * page,
          .memory_cgroup = !knobs.memory().empty()};
}

Made run_trial(const Setup& setup, HostKnobs& knobs, Scoreboard& board) {
  const FreeAtEnd at_end{knobs};
  unlimit(knobs);
  knobs.set_mode(setup.born_mode);
  std::vector<std::string> cgroups = {knobs.inner()};
  if (setup.memory_room) cgroups.push_back(knobs.memory());
  Subject subject(setup.recipe, cgroups);
  if (!subject.ready()) return Made::not_possible;
  set_limits(setup, knobs, subject.pid());
  std::string says;
  const auto first = ask_and_fork(setup.about, subject, knobs, says);
  knobs.free_commit();
  if (!first) return Made::disturbed;
  record(board, *first, "about " + setup.about + ": " + says);
  if (first->verdict != forecast::Verdict::refused || !lift(first->rule, subject, knobs)) {
    return Made::yes;
  }
  auto second = ask_and_fork(setup.about, subject, knobs, says);
  if (!second) return Made::yes;
  second->rule = first->rule + " lifted";
  record(board, *second, "about " + setup.about + ", lifted: " + says);
  return Made::yes;
}

}  // namespace forkmend::bench
