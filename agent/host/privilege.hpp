// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.hpp"
#include "host/process.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// Whether capable() of the kernel would say yes to a process: the bit in CapEff, and the initial
/// user namespace, and no security module that takes it away. Errors: what could not be read;
/// permission_denied when a security module decides by rules that we do not know.
[[nodiscard]] Result<bool> holds_capability(const Root& root, const ProcessStatus& status,
                                            unsigned bit);

/// What /proc/PID/attr/current says.
struct SecurityLabel {
  std::string text;       ///< empty without a security module
  bool confined = false;  ///< a policy is enforced on the process
};
[[nodiscard]] Result<SecurityLabel> read_security_label(const Root& root, std::int64_t pid);

/// Whether RLIMIT_NPROC does not bind: real uid 0 of the initial user namespace, or
/// CAP_SYS_RESOURCE or CAP_SYS_ADMIN there. Pure; nullopt for what is not known, and as its answer.
[[nodiscard]] std::optional<bool> nproc_exempt(std::optional<bool> initial_user_namespace,
                                               std::optional<std::int64_t> real_uid,
                                               std::optional<bool> cap_sys_admin,
                                               std::optional<bool> cap_sys_resource);

}  // namespace forkmend::host
