// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include "policy/issues.hpp"
#include "policy/proof_limits.hpp"
#include "policy/table_reader.hpp"

namespace forkmend::policy {

/// The tables put_off_above and abort_above of [rails]. A key that is absent keeps its default,
/// "off" lifts the limit.
[[nodiscard]] PutOffAbove read_put_off_above(TableReader& rails, Issues& issues);
[[nodiscard]] AbortAbove read_abort_above(TableReader& rails, Issues& issues);

}  // namespace forkmend::policy
