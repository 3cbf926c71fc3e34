// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// One line of a unit file, or of systemd's own configuration.
struct UnitSetting {
  std::string file;
  std::size_t line = 0;  ///< from 1
  std::string value;
  bool operator==(const UnitSetting&) const = default;
};

/// The assignment that has the last word in the text of one such file; nullopt: none. Pure.
[[nodiscard]] std::optional<UnitSetting> unit_setting_in(std::string_view text,
                                                         const std::string& file,
                                                         std::string_view section,
                                                         std::string_view key);

/// The assignment that has the last word on a key of a unit: its file, then its drop-ins by name,
/// those of the template and of all units of its type included; `except` is a file that is passed
/// over. nullopt: none of them sets it.
/// Source: systemd.unit(5). Errors: not_found when the unit has no file; a file or directory that
/// could not be read, as it may have the last word.
[[nodiscard]] Result<std::optional<UnitSetting>> unit_setting(const Root& root,
                                                              std::string_view unit,
                                                              std::string_view section,
                                                              std::string_view key,
                                                              std::string_view except = {});

/// The assignment that has the last word among the drop-ins that are read after one of this name:
/// what a drop-in of ours would lose to. Errors: a file or directory that could not be read.
[[nodiscard]] Result<std::optional<UnitSetting>> unit_setting_after(const Root& root,
                                                                    std::string_view unit,
                                                                    std::string_view section,
                                                                    std::string_view key,
                                                                    std::string_view drop_in);

/// The last word of /etc/systemd/system.conf and system.conf.d. Source: systemd-system.conf(5).
[[nodiscard]] Result<std::optional<UnitSetting>> manager_setting(const Root& root,
                                                                 std::string_view key);

/// What systemd does with a service of which a process is OOM-killed: "continue", "stop" or "kill".
/// Where nothing sets it, the file is "default of systemd 243 on" and the line 0. Errors: as
/// unit_setting().
[[nodiscard]] Result<UnitSetting> oom_policy(const Root& root, std::string_view unit);

}  // namespace forkmend::host
