// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include "remediations/planning.hpp"

namespace forkmend::testing {

/// Carries out the remedy's plan, then its persistent steps, on the host tree; lets step k fail,
/// for every k, once before its write and once after it (as when the read back fails), and undoes
/// in reverse what is ours. The tree must then be byte-identical to before. At last everything
/// succeeds and is undone. Also holds each step to the truth: `before` is what the tree has.
///
/// Step types that are no plain files live in the tree like this: sysctls under /proc/sys, limits
/// in /proc/PID/limits, server parameters as files /config/NAME, hooks as files /hook.NAME, a swap
/// file with its value as content. Signals and commands of servers leave no trace.
void fails_at_each_step(const Planning& planning);

}  // namespace forkmend::testing
