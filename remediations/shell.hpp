// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace forkmend::remediations {

/// "sysctl -w KEY=VALUE".
[[nodiscard]] std::string sysctl_line(std::string_view key, std::string_view value);

/// "echo VALUE > PATH".
[[nodiscard]] std::string echo_line(std::string_view value, std::string_view path);

/// A file of our own with its directory: "mkdir -p DIR && printf '%s\n' LINE... > PATH". nullopt as
/// content removes it, and the directory where that is then empty and a drop-in directory ("*.d" of
/// a unit). `afterwards` as in Target.
[[nodiscard]] std::string file_line(std::string_view path,
                                    const std::optional<std::string>& content,
                                    std::string_view afterwards);

/// "redis-cli -u URL config set NAME VALUE"; -s PATH for a unix socket. A password comes from
/// REDISCLI_AUTH, never from the line.
[[nodiscard]] std::string config_set_line(std::string_view endpoint, std::string_view name,
                                          std::string_view value);

/// "redis-cli -u URL memory purge".
[[nodiscard]] std::string command_line(std::string_view endpoint, std::string_view command);

/// Adds lines to a file of somebody else's; `glue` is for one whose last line has no end.
enum class LastLine { ended, open };
[[nodiscard]] std::string append_line(std::string_view path, const std::vector<std::string>& lines,
                                      LastLine last);
/// Takes away what stands between two lines, those included; a first line is known by its start.
[[nodiscard]] std::string cut_line(std::string_view path, std::string_view first,
                                   std::string_view last);

}  // namespace forkmend::remediations
