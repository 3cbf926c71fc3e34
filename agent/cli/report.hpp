// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <vector>

#include "cli/terminal.hpp"
#include "engine/heal.hpp"
#include "engine/observe.hpp"
#include "engine/plan.hpp"
#include "engine/targets.hpp"

namespace forkmend::cli {

enum class Detail { verdict, evidence };

/// "redis://127.0.0.1:6379  pid 812  Redis 7.0.15  master"
[[nodiscard]] std::string headline(const engine::ObservedInstance& instance);

/// Verdict first, then why, then what it does to the data; at most one screen.
void show_diagnosis(Terminal& terminal, const engine::ObservedInstance& instance, Detail detail);

/// The steps in order, each with the line a person would type and the line that undoes it.
void show_plan(Terminal& terminal, const engine::Plan& plan);

/// The proof, point by point.
void show_verification(Terminal& terminal, const engine::Verification& verification);

/// "forkmend: redis://... : why" on stderr for each server that could not be reached.
void print_unreachable(const std::vector<engine::ServerLook>& targets);

}  // namespace forkmend::cli
