// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <array>
#include <string>

#include "base/fact_catalog.hpp"
#include "base/text.hpp"
#include "host/accountable_facts.hpp"
#include "host/cgroup_facts.hpp"
#include "host/child_facts.hpp"
#include "host/child_rules.hpp"
#include "host/counters.hpp"
#include "host/fact_writer.hpp"
#include "host/facts.hpp"
#include "host/kernel_release.hpp"
#include "host/privilege.hpp"
#include "host/process.hpp"
#include "host/process_table.hpp"
#include "host/system.hpp"

namespace forkmend::host {

namespace {

/// One process while its facts are collected.
struct Subject {
  const Root& root;
  std::int64_t pid;
  const FactSet& host;
  FactWriter& writer;
  FactSet& facts;
};

std::string source_of(const Subject& subject, std::string_view file, std::string_view line) {
  std::string source = proc_path(subject.pid, file);
  if (!line.empty()) source.append(" ").append(line);
  return source;
}

void put_memory(const Subject& subject, const Result<ProcessStatus>& status) {
  struct Row {
    std::string_view name;
    std::string_view line;
    std::optional<std::int64_t> ProcessStatus::* field;
  };
  constexpr std::array<Row, 7> kRows = {{{"instance.vm_size", "VmSize", &ProcessStatus::vm_size},
                                         {"instance.rss", "VmRSS", &ProcessStatus::vm_rss},
                                         {"instance.rss_anon", "RssAnon", &ProcessStatus::rss_anon},
                                         {"instance.vm_data", "VmData", &ProcessStatus::vm_data},
                                         {"instance.vm_stack", "VmStk", &ProcessStatus::vm_stack},
                                         {"instance.vm_pte", "VmPTE", &ProcessStatus::vm_pte},
                                         {"instance.vm_swap", "VmSwap", &ProcessStatus::vm_swap}}};
  for (const Row& row : kRows) {
    const std::string source = source_of(subject, "status", row.line);
    if (!status) {
      subject.writer.miss(row.name, status.error(), source);
      continue;
    }
    subject.writer.put_optional(row.name, (*status).*row.field, source, FactState::unknown,
                                "status has no " + std::string(row.line));
  }
}

void put_status(const Subject& subject, const Result<ProcessStatus>& status) {
  put_memory(subject, status);
  const std::string source = source_of(subject, "status", "");
  if (!status) {
    for (const std::string_view name :
         {"instance.comm", "instance.seccomp", "instance.thp_disabled", "instance.threads",
          "instance.uid"}) {
      subject.writer.miss(name, status.error(), source);
    }
    return;
  }
  subject.writer.put_optional("instance.threads", status->threads, source, FactState::unknown,
                              "status has no Threads");
  subject.writer.put_optional("instance.uid", status->real_uid, source, FactState::unknown,
                              "status has no Uid");
  subject.writer.put("instance.comm", status->name, source + " Name");
  subject.writer.put_optional("instance.seccomp", status->seccomp, source + " Seccomp",
                              FactState::not_applicable, "this kernel has no seccomp");
  const auto disabled = status->thp_enabled ? std::optional(!*status->thp_enabled) : std::nullopt;
  subject.writer.put_optional("instance.thp_disabled", disabled, source + " THP_enabled",
                              FactState::unknown, "this kernel does not tell (before 5.0)");
}

void put_paths(const Subject& subject) {
  subject.writer.put_result("instance.exe", read_exe(subject.root, subject.pid),
                            source_of(subject, "exe", ""));
  subject.writer.put_result("instance.cwd", read_cwd(subject.root, subject.pid),
                            source_of(subject, "cwd", ""));
}

void put_privileges(const Subject& subject, const Result<ProcessStatus>& status) {
  FactWriter& writer = subject.writer;
  const std::string pid = std::to_string(subject.pid);
  writer.put_result("instance.initial_user_namespace", in_initial_user_namespace(subject.root, pid),
                    source_of(subject, "ns/user", ""));
  const auto capability = [&](unsigned bit) {
    return status ? holds_capability(subject.root, *status, bit) : Result<bool>(status.error());
  };
  const std::string source = source_of(subject, "status", "CapEff");
  writer.put_result("instance.cap_sys_admin", capability(kCapSysAdmin), source);
  writer.put_result("instance.cap_sys_resource", capability(kCapSysResource), source);
  writer.put_optional("instance.nproc_exempt",
                      nproc_exempt(subject.facts.flag("instance.initial_user_namespace"),
                                   subject.facts.integer("instance.uid"),
                                   subject.facts.flag("instance.cap_sys_admin"),
                                   subject.facts.flag("instance.cap_sys_resource")),
                      source, FactState::unknown, "user namespace or capabilities are not known");
}

/// What RLIMIT_NPROC compares with. From 5.14 on each user namespace has a count of its own
/// (kernel/ucount.c); before, all of them share one.
Result<std::int64_t> count_tasks(const Subject& subject, std::int64_t uid) {
  const auto text = subject.host.text("host.kernel_release");
  const auto release = text ? parse_kernel_release(*text) : std::nullopt;
  if (!release) return Error{Errc::not_found, "the kernel release is not known"};
  if (!release->at_least(5, 14)) return count_uid_tasks(subject.root, uid, std::nullopt);
  auto space = read_namespace(subject.root, subject.pid, "user");
  if (!space) return space.error();
  return count_uid_tasks(subject.root, uid, *space);
}

void put_nproc(const Subject& subject) {
  constexpr std::string_view kTasks = "instance.uid_tasks";
  constexpr std::string_view kTasksSource = "Threads of /proc/*/status";
  FactWriter& writer = subject.writer;
  const auto limit = read_limit(subject.root, subject.pid, "Max processes");
  const std::string source = source_of(subject, "limits", "Max processes");
  if (limit) {
    writer.put("instance.nproc_soft", limit->soft, source);
    writer.put("instance.nproc_hard", limit->hard, source);
  } else {
    writer.miss("instance.nproc_soft", limit.error(), source);
    writer.miss("instance.nproc_hard", limit.error(), source);
  }
  if (subject.facts.flag("instance.nproc_exempt") == true) {
    writer.miss(kTasks, FactState::not_applicable, kTasksSource, "RLIMIT_NPROC does not bind it");
    return;
  }
  const auto uid = subject.facts.integer("instance.uid");
  if (!uid) {
    writer.miss(kTasks, FactState::unknown, kTasksSource, "the uid is not known");
    return;
  }
  const auto tasks = count_tasks(subject, *uid);
  if (!tasks && tasks.error().code == Errc::not_found) {
    writer.miss(kTasks, FactState::unknown, kTasksSource, tasks.error().message);
    return;
  }
  writer.put_result(kTasks, tasks, kTasksSource);
}

/// What is asked before files are made and written, beside owner and mode.
void put_file_limits(const Subject& subject) {
  const auto limit = read_limit(subject.root, subject.pid, "Max file size");
  subject.writer.put_result("instance.fsize_limit",
                            limit ? Result<std::int64_t>(limit->soft) : limit.error(),
                            source_of(subject, "limits", "Max file size"));
  const auto label = read_security_label(subject.root, subject.pid);
  const std::string source = source_of(subject, "attr/current", "");
  if (label) {
    subject.writer.put("instance.mac_label", printable(label->text, 200), source);
    subject.writer.put("instance.mac_confined", label->confined, source);
    return;
  }
  subject.writer.miss("instance.mac_label", label.error(), source);
  subject.writer.miss("instance.mac_confined", label.error(), source);
}

/// Limits of address space: no fork asks for them, malloc does.
void put_space_limits(const Subject& subject) {
  const auto soft = [&](std::string_view fact, std::string_view name) {
    const auto limit = read_limit(subject.root, subject.pid, name);
    subject.writer.put_result(fact, limit ? Result<std::int64_t>(limit->soft) : limit.error(),
                              source_of(subject, "limits", name));
  };
  soft("instance.as_limit", "Max address space");
  soft("instance.data_limit", "Max data size");
  subject.writer.put_result("instance.map_count", count_mappings(subject.root, subject.pid),
                            source_of(subject, "maps", ""));
}

/// What the rules for scheduling, pid namespaces and OOM kills look at.
void put_child_rules(const Subject& subject, const ProcessStat& stat) {
  FactWriter& writer = subject.writer;
  const std::string_view policy = sched_policy_name(stat.policy.value_or(-1));
  const auto known = policy.empty() ? std::nullopt : std::optional(std::string(policy));
  writer.put_optional("instance.sched_policy", known, source_of(subject, "stat", "field 41"),
                      FactState::unknown, "stat has no scheduling policy that we know");
  constexpr std::string_view kReset = "instance.sched_reset_on_fork";
  if (known && *known != "deadline") {
    writer.miss(kReset, FactState::not_applicable, "sched_getscheduler",
                "fork asks for it of a deadline task alone");
  } else {
    writer.put_result(kReset, read_reset_on_fork(subject.root, subject.pid), "sched_getscheduler");
  }
  const auto init = children_have_init(subject.root, subject.pid);
  const std::string source = source_of(subject, "ns/pid_for_children", "");
  if (!init && init.error().code == Errc::not_found) {
    // "Not shown" is not "there is none".
    writer.miss("instance.pid_namespace_init", FactState::unknown, source, init.error().message);
  } else {
    writer.put_result("instance.pid_namespace_init", init, source);
  }
  writer.put_result("instance.oom_score_adj",
                    read_number(subject.root, proc_path(subject.pid, "oom_score_adj")),
                    source_of(subject, "oom_score_adj", ""));
}

/// Facts about the process that others prove.
bool is_ours(std::string_view name) {
  return name.starts_with("instance.") && name.find('*') == std::string_view::npos &&
         name != "instance.pid" && name != "instance.local" && name != "instance.locality" &&
         name != "instance.endpoint" && name != "instance.log_file" &&
         name != "instance.other_save_children" && !name.starts_with("instance.dir.") &&
         !name.starts_with("instance.aof_dir.") && !name.starts_with("instance.growth.");
}

FactSet nothing_known(std::int64_t pid, FactState state, std::string_view reason) {
  FactSet facts;
  FactWriter writer(TreeKind::captured, facts);
  writer.put("instance.pid", pid, "process table");
  for (const FactInfo& info : fact_catalog()) {
    if (is_ours(info.name)) writer.miss(info.name, state, proc_path(pid, "stat"), reason);
  }
  return facts;
}

}  // namespace

FactSet process_facts(const Root& root, std::int64_t pid, const FactSet& host,
                      const WalkLimit& limit) {
  const auto before = read_stat(root, pid);
  if (!before) {
    return nothing_known(pid, state_of(before.error().code, TreeKind::captured),
                         before.error().message);
  }
  FactSet facts;
  FactWriter writer(root.live() ? TreeKind::live : TreeKind::captured, facts);
  const Subject subject{root, pid, host, writer, facts};
  writer.put("instance.pid", pid, "process table");
  writer.put("instance.start_time", static_cast<std::int64_t>(before->start_time),
             source_of(subject, "stat", "field 22"));
  const auto status = read_status(root, pid);
  put_status(subject, status);
  put_paths(subject);
  put_privileges(subject, status);
  put_nproc(subject);
  put_file_limits(subject);
  put_space_limits(subject);
  put_cgroup_facts(writer, root, pid);
  put_child_facts(writer, root, pid);
  put_child_rules(subject, *before);
  put_accountable_facts(writer, AccountableSubject{root, pid, facts, host, limit});
  // Everything above is of one process only if it is still the same one.
  const auto after = read_stat(root.fresh(), pid);
  if (!after || after->start_time != before->start_time) {
    return nothing_known(pid, FactState::unknown, "the process ended while it was read");
  }
  return facts;
}

}  // namespace forkmend::host
