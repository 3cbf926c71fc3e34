// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <cerrno>
#include <string>

#include "base/units.hpp"
#include "forecast/arithmetic.hpp"
#include "forecast/rule_reader.hpp"
#include "forecast/rules.hpp"

namespace forkmend::forecast {

namespace {

/// copy_process(): uid 0, CAP_SYS_RESOURCE or CAP_SYS_ADMIN, all of the initial user namespace.
/// nullopt: not known. The collector's own answer wins over its parts.
std::optional<bool> is_exempt(RuleReader& reader) {
  if (const auto exempt = reader.look_flag("instance.nproc_exempt")) return exempt;
  const auto resource = reader.look_flag("instance.cap_sys_resource");
  const auto admin = reader.look_flag("instance.cap_sys_admin");
  if (resource.value_or(false) || admin.value_or(false)) return true;
  const auto uid = reader.look("instance.uid");
  if (!uid || !resource || !admin) return std::nullopt;
  if (*uid != 0) return false;
  return reader.look_flag("instance.initial_user_namespace");
}

/// From 5.14 on tasks are counted for each user namespace and for all outer ones; what limit an
/// outer one has is not exported.
std::string namespace_note(RuleReader& reader) {
  const auto kernel = reader.kernel();
  const auto initial = reader.look_flag("instance.initial_user_namespace");
  if (!kernel || *kernel < KernelVersion{5, 14} || initial.value_or(true)) return "";
  return " The count is that of the server's own user namespace; outer ones may have limits that "
         "cannot be seen.";
}

std::string counted(RuleReader& reader, std::int64_t tasks, std::int64_t limit) {
  const auto uid = reader.look("instance.uid");
  return "uid " + (uid ? std::to_string(*uid) : "of the server") + " has " + format_count(tasks) +
         " tasks, the server's limit (RLIMIT_NPROC) is " + format_count(limit) + ".";
}

}  // namespace

std::optional<RuleForecast> nproc_rule(const FactSet& facts) {
  constexpr std::string_view kId = "NPROC";
  RuleReader reader(facts);
  const auto exempt = is_exempt(reader);
  if (exempt.value_or(false)) {
    return reader.admitted(kId, EAGAIN,
                           "RLIMIT_NPROC does not bind this server: it is root or holds "
                           "CAP_SYS_RESOURCE or CAP_SYS_ADMIN.");
  }
  const auto limit = reader.need("instance.nproc_soft");
  if (limit == kUnlimited) return reader.admitted(kId, EAGAIN, "RLIMIT_NPROC is unlimited.");
  const auto tasks = reader.need("instance.uid_tasks");
  if (!limit || !tasks) return reader.unknown(kId, EAGAIN);
  // Refused when tasks + 1 > limit.
  const bool refused = *tasks >= *limit;
  if (refused && !exempt) {
    reader.miss("instance.nproc_exempt");
    return reader.unknown(kId, EAGAIN);
  }
  const std::string says = (refused ? "Refused: " : "Admitted: ") +
                           counted(reader, *tasks, *limit) + namespace_note(reader);
  RuleForecast rule = reader.admitted(kId, EAGAIN, says);
  rule.verdict = refused ? Verdict::refused : Verdict::admitted;
  rule.margin = subtract_clamped(subtract_clamped(*limit, *tasks), 1);
  rule.unit = "count";
  return rule;
}

}  // namespace forkmend::forecast
