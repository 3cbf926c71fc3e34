// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "remediations/own_file.hpp"

namespace forkmend::remediations {

/// "var-lib-swap.forkmend.swap": how systemd wants the unit of a swap file to be called
/// (systemd.unit(5), "String escaping for inclusion in unit names").
[[nodiscard]] std::string swap_unit_name(std::string_view path);

/// The steps that have a swap file in use after the next boot: a unit of its own, and a drop-in of
/// swap.target that wants it. Wanted, not required, and skipped when the file is missing: a boot
/// does not wait for it. Or, without systemd, the line for /etc/fstab as a note.
[[nodiscard]] Persistence persist_swap(const PlanInput& input, const std::string& path,
                                       std::int64_t priority);

}  // namespace forkmend::remediations
