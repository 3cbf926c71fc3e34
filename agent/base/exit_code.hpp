// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

namespace forkmend {

/// Every exit code of the program, in one place. Codes 10 to 15 are those of `fix`; other commands
/// give their own meaning to 0-3, named beside them.
enum class ExitCode : int {
  ok = 0,
  audit_warning = 1,  ///< audit; diagnose: a cause is proven or likely; rollback: some were left
  usage = 2,  ///< usage, configuration or policy error; audit: critical; diagnose: only possible
  unreachable = 3,       ///< an instance cannot be reached; audit: unknown; status: no agent
  no_privilege = 4,      ///< lacking privilege for a planned step; nothing changed
  plan_ready = 10,       ///< dry-run with a non-empty plan
  blocked = 11,          ///< a rail or the policy blocks it; nothing changed
  not_healed = 12,       ///< nothing healed it, everything undone
  undo_incomplete = 13,  ///< nothing healed it and undo is incomplete: a person is needed
  advice_only = 14,      ///< the cause cannot be fixed from here: advice printed
  facts_moved = 15,      ///< facts moved since the plan
};

[[nodiscard]] constexpr int to_int(ExitCode code) {
  return static_cast<int>(code);
}

}  // namespace forkmend
