// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// Named numbers of a kernel file.
using Counters = std::map<std::string, std::int64_t, std::less<>>;

/// "name value" lines: /proc/vmstat, memory.stat, memory.events, pids.events, memory.oom_control.
/// "max" is kUnlimited. A line that is not of that form is left out.
[[nodiscard]] Counters parse_counters(std::string_view text);

/// "Name:   123 kB" lines: /proc/meminfo. Lines in kB become bytes, others stay counts.
[[nodiscard]] Counters parse_meminfo(std::string_view text);
/// What stands behind the colon: "812 kB" in bytes, or a plain number.
[[nodiscard]] std::optional<std::int64_t> parse_meminfo_value(std::string_view text);

[[nodiscard]] std::optional<std::int64_t> find(const Counters& counters, std::string_view name);

[[nodiscard]] Result<Counters> read_counters(const Root& root, std::string_view path);
/// /proc/meminfo, sizes in bytes.
[[nodiscard]] Result<Counters> read_meminfo(const Root& root);
/// /proc/vmstat, mostly pages.
[[nodiscard]] Result<Counters> read_vmstat(const Root& root);

/// A file that holds one number, or "max" for kUnlimited. Errors: as reading it, and parse.
[[nodiscard]] Result<std::int64_t> read_number(const Root& root, std::string_view path);

}  // namespace forkmend::host
