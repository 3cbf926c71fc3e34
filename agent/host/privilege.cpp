// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/privilege.hpp"

#include <cerrno>
#include <string>

#include "base/text.hpp"
#include "host/system.hpp"

namespace forkmend::host {

namespace {

bool enforces_selinux(const Root& root) {
  const auto enforce = root.read("/sys/fs/selinux/enforce", 16);
  // Unreadable: take the label seriously.
  return !enforce || trim(*enforce) != "0";
}

std::string_view bare(std::string_view label) {
  while (label.ends_with('\0')) label.remove_suffix(1);
  return trim(label);
}

bool is_unconfined(std::string_view label) {
  return label.empty() || label == "unconfined" || label.ends_with("(unconfined)") ||
         label.ends_with("(complain)");
}

/// A label of /proc/PID/attr/current: SELinux "user:role:type:level", AppArmor "profile (mode)" or
/// "unconfined". redis_t is not allowed sys_admin or sys_resource by the reference policy.
Result<bool> allowed_by_label(const Root& root, std::string_view label) {
  label = bare(label);
  if (is_unconfined(label)) return true;
  const auto parts = split(label, ':');
  const bool selinux = parts.size() >= 3 && !label.ends_with(')');
  if (selinux && !enforces_selinux(root)) return true;
  if (selinux && (parts[2].starts_with("unconfined") || parts[2] == "kernel_t")) return true;
  if (selinux && parts[2] == "redis_t") return false;
  return Error{Errc::permission_denied,
               "the security label " + printable(label, 80) + " may withhold capabilities"};
}

}  // namespace

Result<SecurityLabel> read_security_label(const Root& root, std::int64_t pid) {
  const auto text = root.read(proc_path(pid, "attr/current"), 4096);
  if (!text) {
    // Without security modules the file is missing or gives EINVAL.
    const Error& error = text.error();
    const bool said = root.live() ? error.code != Errc::permission_denied
                                  : error.sys_errno == EINVAL || error.seen_absent;
    const bool none = said && root.exists(proc_path(pid, "stat"));
    return none ? Result<SecurityLabel>(SecurityLabel{}) : text.error();
  }
  const std::string_view label = bare(*text);
  const auto parts = split(label, ':');
  const bool selinux = parts.size() >= 3 && !label.ends_with(')');
  const bool free = is_unconfined(label) ||
                    (selinux && (!enforces_selinux(root) || parts[2].starts_with("unconfined") ||
                                 parts[2] == "kernel_t"));
  return SecurityLabel{std::string(label), !free};
}

Result<bool> holds_capability(const Root& root, const ProcessStatus& status, unsigned bit) {
  if (!status.cap_effective) return Error{Errc::parse, "status has no CapEff"};
  if (((*status.cap_effective >> bit) & 1U) == 0) return false;
  auto initial = in_initial_user_namespace(root, std::to_string(status.pid));
  if (!initial || !*initial) return initial;
  // Without security modules the file is missing or gives EINVAL.
  const auto label = root.read(proc_path(status.pid, "attr/current"), 4096);
  return label ? allowed_by_label(root, *label) : Result<bool>(true);
}

std::optional<bool> nproc_exempt(std::optional<bool> initial_user_namespace,
                                 std::optional<std::int64_t> real_uid,
                                 std::optional<bool> cap_sys_admin,
                                 std::optional<bool> cap_sys_resource) {
  const bool is_root = initial_user_namespace == true && real_uid == 0;
  if (is_root || cap_sys_admin == true || cap_sys_resource == true) return true;
  if (!cap_sys_admin || !cap_sys_resource || !real_uid) return std::nullopt;
  if (*real_uid == 0 && !initial_user_namespace) return std::nullopt;
  return false;
}

}  // namespace forkmend::host
