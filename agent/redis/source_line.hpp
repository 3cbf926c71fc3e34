// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What others keep of a server's lines: journald, container managers, syslog daemons. All of it is
// foreign text: a record that is not as its writer promises is passed over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "redis/log_line.hpp"

namespace forkmend::redis {

/// One line as the server gave it away, with what its keeper knows of it.
struct SourceLine {
  std::optional<WallTime> at;       ///< when the keeper got it
  std::optional<std::int64_t> pid;  ///< who wrote it
  char level = '*';                 ///< as in LogEvent
  std::string text;                 ///< without line end; at most kMaxSourceLine bytes

  bool operator==(const SourceLine&) const = default;
};

/// Docker cuts at 16 KiB; a server's own lines end at 1 KiB (LOG_MAX_LEN), crash reports aside.
inline constexpr std::size_t kMaxSourceLine = std::size_t{16} << 10U;

/// `journalctl -o json`: one object a line. MESSAGE is text, or an array of bytes where it is not
/// UTF-8; without it (binary fields over 4 KiB are null) a record says nothing.
[[nodiscard]] std::vector<SourceLine> parse_journal_records(std::string_view text);

/// Docker's json-file driver: {"log":"LINE\n","stream":"stdout","time":"..."}; a line over 16 KiB
/// is in several records, the last of which has the line end.
[[nodiscard]] std::vector<SourceLine> parse_json_file(std::string_view text);

/// The CRI's (containerd, CRI-O) and Podman's k8s-file: "TIME stdout F LINE", P for a part.
[[nodiscard]] std::vector<SourceLine> parse_cri_log(std::string_view text);

/// A file of either of the two.
[[nodiscard]] std::vector<SourceLine> parse_container_log(std::string_view text);

/// Lines with that identifier (syslog-ident) of a syslog daemon's file; see parse_syslog_head().
[[nodiscard]] std::vector<SourceLine> parse_syslog_file(std::string_view text,
                                                        std::string_view ident,
                                                        const LogClock& clock);

}  // namespace forkmend::redis
