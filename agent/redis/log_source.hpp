// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "host/root.hpp"
#include "redis/log_text.hpp"

namespace forkmend::redis {

/// What a local server says of its own logging (CONFIG GET).
struct LogSettings {
  std::string logfile;
  bool daemonize = false;  ///< then an empty logfile means /dev/null
  bool syslog = false;     ///< syslog-enabled
  std::string syslog_ident = "redis";
};

/// Who keeps the lines, and in which form.
enum class LogKeeper {
  file,            ///< a file with the server's own lines
  container_file,  ///< Docker's json-file, or the CRI's and Podman's form
  syslog_file,     ///< a syslog daemon's, of all programs of the host
  journal,         ///< journald has the server's standard streams
  syslog_journal,  ///< journald has bare messages
};

/// One place where lines of a server are.
struct LogSource {
  LogKeeper keeper = LogKeeper::file;
  std::string name;                  ///< for people: a path, "journald unit redis.service"
  std::string path;                  ///< to read; empty for the journal
  std::string ident;                 ///< of syslog lines
  std::vector<std::string> matches;  ///< arguments of journalctl

  bool operator==(const LogSource&) const = default;
};

/// Where a local server's lines can be read, the best place first. From evidence: the file that
/// logfile names; where there is none, what its standard output is (a file, a socket of journald,
/// a pipe or terminal of a container manager); then syslog, if that is enabled.
///
/// Errors: why the first place is none, as find_server_log() has them.
[[nodiscard]] Result<std::vector<LogSource>> find_log_sources(const host::Root& root,
                                                              std::int64_t pid,
                                                              const LogSettings& settings);

/// The places of a standard stream that goes to no file: `target` is the descriptor's link, as
/// "socket:[5511]". Empty when nothing is known of who reads it.
[[nodiscard]] std::vector<LogSource> find_stream_keepers(const host::Root& root, std::int64_t pid,
                                                         const std::string& target);

/// The id of the container that a cgroup path belongs to: 64 hexadecimal digits, as Docker,
/// containerd, CRI-O and Podman write it.
[[nodiscard]] std::optional<std::string> container_id(std::string_view cgroup_path);

/// Files of a container's log that are there, by the usual places of its manager.
[[nodiscard]] std::vector<LogSource> find_container_files(const host::Root& root,
                                                          const std::string& id);

}  // namespace forkmend::redis
