// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "agent/engine/plan_case.hpp"

#include <string_view>

#include "remediations/remediation.hpp"

namespace forkmend::testing {

namespace {

constexpr std::int64_t kGiB = std::int64_t{1} << 30;

policy::Parameters defaults_of(std::string_view remedy) {
  const auto* spec = remediations::find_remediation(remedy);
  return spec == nullptr ? policy::Parameters{} : policy::default_parameters(spec->parameters);
}

/// 16 GiB, strict, and 7.5 of the 8 GiB of CommitLimit promised.
const std::map<std::string, FactValue>& strict_host() {
  static const std::map<std::string, FactValue> facts{
      {"host.kernel_release", std::string("6.1.0-18-amd64")},
      {"host.overcommit_rule", std::string("new")},
      {"host.container", std::string("none")},
      {"host.initial_user_namespace", true},
      {"host.page_size", std::int64_t{4096}},
      {"host.overcommit_memory", std::int64_t{2}},
      {"host.overcommit_ratio", std::int64_t{50}},
      {"host.overcommit_kbytes", std::int64_t{0}},
      {"host.mem_total", 16 * kGiB},
      {"host.mem_available", 9 * kGiB},
      {"host.hugetlb", std::int64_t{0}},
      {"host.swap_total", std::int64_t{0}},
      {"host.swap_free", std::int64_t{0}},
      {"host.commit_limit", 8 * kGiB},
      {"host.committed_as", 15 * kGiB / 2},
      {"host.admin_reserve_kbytes", std::int64_t{8192}},
      {"host.user_reserve_kbytes", std::int64_t{131072}},
      {"host.cpus_present", std::int64_t{4}},
      {"host.cpus_online", std::int64_t{4}},
      {"host.threads", std::int64_t{400}},
      {"host.threads_max", std::int64_t{127000}},
      {"host.pid_max", std::int64_t{4194304}},
      {"host.systemd", true}};
  return facts;
}

const std::map<std::string, FactValue>& local_server() {
  static const std::map<std::string, FactValue> facts{
      {"instance.local", true},
      {"instance.locality", std::string("listening socket belongs to pid 812")},
      {"instance.endpoint", std::string("redis://127.0.0.1:6379")},
      {"instance.pid", std::int64_t{812}},
      {"instance.start_time", std::int64_t{5000}},
      {"instance.accountable", 2 * kGiB},
      {"instance.accountable_max", 2 * kGiB},
      {"instance.vm_size", 3 * kGiB},
      {"instance.rss", 2 * kGiB},
      {"instance.uid", std::int64_t{999}},
      {"instance.uid_tasks", std::int64_t{5}},
      {"instance.nproc_soft", std::int64_t{63000}},
      {"instance.nproc_exempt", false},
      {"instance.cap_sys_admin", false},
      {"instance.cap_sys_resource", false},
      {"instance.initial_user_namespace", true},
      {"instance.pids.levels", std::int64_t{1}},
      {"instance.pids.0.current", std::int64_t{5}},
      {"instance.pids.0.max", std::int64_t{4915}},
      {"instance.memory.levels", std::int64_t{0}},
      {"instance.vm_pte", 6 * kGiB / 1024},
      {"instance.sched_policy", std::string("other")},
      {"instance.pid_namespace_init", true},
      {"redis.role", std::string("master")},
      {"redis.redis_version", std::string("7.0.15")},
      {"redis.run_id", std::string("a1b2")},
      {"redis.used_memory", 2 * kGiB},
      {"redis.rdb_last_cow_size", kGiB / 4},
      {"failure.kind", std::string("rdb-save")},
      {"failure.stage", std::string("fork")}};
  return facts;
}

}  // namespace

PlanCase::PlanCase()
    : tree({{"/proc/sys/vm/overcommit_memory", "2\n"},
            {"/proc/sys/vm/overcommit_ratio", "50\n"},
            {"/proc/sys/vm/overcommit_kbytes", "0\n"},
            {"/proc/sys/vm/panic_on_oom", "0\n"},
            {"/etc/sysctl.d/10-network-security.conf", "net.ipv4.tcp_syncookies=1\n"}}) {
  set(strict_host());
  set(local_server());
  diagnosis.failing = true;
  diagnosis.failures.push_back({.stage = diagnosis::FailureStage::fork});
  blame("commit-limit", diagnosis::Confidence::proven);
  policy.source = "policy.toml";
  policy::Rule one;
  one.name = "a rule";
  one.causes = {"commit-limit"};
  one.persist = policy::Persist::after_verify;
  policy.rules.push_back(one);
}

void PlanCase::set(const std::map<std::string, FactValue>& values) {
  for (const auto& [name, value] : values) facts.set(name, value, "", "test");
}

void PlanCase::blame(const char* cause, diagnosis::Confidence confidence) {
  diagnosis.causes = {{.id = cause, .confidence = confidence, .evidence = {}}};
}

void PlanCase::try_remedy(const char* remedy) {
  policy::RemedyChoice choice;
  choice.remedy = remedy;
  choice.parameters = defaults_of(remedy);
  rule().attempts.push_back(choice);
}

engine::Plan PlanCase::plan() const {
  const forecast::Forecast forecast = forecast::forecast_fork(facts);
  const host::Root root = tree.root();
  return engine::make_plan({.instance = "redis://127.0.0.1:6379",
                            .facts = facts,
                            .diagnosis = diagnosis,
                            .forecast = forecast,
                            .policy = policy,
                            .root = root,
                            .trigger = trigger,
                            .allowed = allowed,
                            .recent_heals = recent_heals,
                            .ledger = ledger,
                            .strain_attempts = strain_attempts});
}

}  // namespace forkmend::testing
