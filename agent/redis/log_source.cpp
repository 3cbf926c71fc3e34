// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/log_source.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "host/cgroup.hpp"
#include "host/process.hpp"
#include "redis/server_log.hpp"

namespace forkmend::redis {

namespace {

using Sources = std::vector<LogSource>;
using Memberships = std::vector<host::CgroupMembership>;

bool has_journal(const host::Root& root) {
  return root.exists("/run/systemd/journal/socket");
}

/// A user's own manager runs in user@UID.service, and its units are known by another field. The uid
/// keeps other users' units of that name out.
///
/// Without a unit it is one process, and lines of its children are not found.
LogSource stream_journal(const Memberships& memberships, std::int64_t pid, std::int64_t uid) {
  const auto unit = host::systemd_unit(memberships);
  LogSource source{.keeper = LogKeeper::journal, .matches = {"_TRANSPORT=stdout"}};
  if (!unit) {
    source.name = "journald process " + std::to_string(pid);
    source.matches.push_back("_PID=" + std::to_string(pid));
    return source;
  }
  source.name = "journald unit " + printable(*unit);
  const bool below_user = std::ranges::any_of(memberships, [](const auto& membership) {
    return membership.path.find("/user@") != std::string::npos;
  });
  if (below_user && !unit->starts_with("user@")) {
    source.matches.push_back("_SYSTEMD_USER_UNIT=" + *unit);
    source.matches.push_back("_UID=" + std::to_string(uid));
  } else {
    source.matches.push_back("_SYSTEMD_UNIT=" + *unit);
  }
  return source;
}

std::optional<std::string> container_of(const Memberships& memberships) {
  for (const host::CgroupMembership& membership : memberships) {
    if (auto id = container_id(membership.path)) return id;
  }
  return std::nullopt;
}

/// Docker's and Podman's journald drivers name the container in a field of their own.
LogSource container_journal(const std::string& id) {
  constexpr std::size_t kShortId = 12;
  return {.keeper = LogKeeper::journal,
          .name = "journald container " + id.substr(0, kShortId),
          .matches = {"CONTAINER_ID_FULL=" + id}};
}

Sources syslog_sources(const host::Root& root, const LogSettings& settings) {
  Sources sources;
  const std::string& ident = settings.syslog_ident;
  if (has_journal(root)) {
    sources.push_back({.keeper = LogKeeper::syslog_journal,
                       .name = "journald identifier " + printable(ident, 80),
                       .ident = ident,
                       .matches = {"_TRANSPORT=syslog", "SYSLOG_IDENTIFIER=" + ident}});
  }
  for (const char* path : {"/var/log/syslog", "/var/log/messages"}) {
    const auto status = root.status(path);
    if (!status || !status->is_regular()) continue;
    sources.push_back(
        {.keeper = LogKeeper::syslog_file, .name = path, .path = path, .ident = ident});
  }
  return sources;
}

Error thrown_away(const LogSettings& settings) {
  std::string because = "the server throws its log away: ";
  if (!settings.logfile.empty()) {
    because += "logfile is " + settings.logfile;
  } else if (settings.daemonize) {
    because += "logfile is empty and daemonize is yes, so that it goes to /dev/null";
  } else {
    because += "logfile is empty and its standard output is /dev/null";
  }
  return {Errc::not_found, because};
}

/// A log without a file's name of its own: by what the descriptor is.
Result<Sources> stream_sources(const host::Root& root, std::int64_t pid, int descriptor,
                               const LogSettings& settings) {
  const std::string link = host::proc_path(pid, "fd/" + std::to_string(descriptor));
  const auto target = root.read_link(link);
  if (!target) return target.error();
  if (*target == "/dev/null") return thrown_away(settings);
  auto keepers = find_stream_keepers(root, pid, *target);
  if (!keepers.empty()) return keepers;
  auto path = find_server_log(root, pid, settings.logfile);
  if (!path) return path.error();
  // Read through the descriptor: it was deleted, and people know it by its name.
  const std::string name = *path == link ? printable(*target) : *path;
  return Sources{{.keeper = LogKeeper::file, .name = name, .path = std::move(*path)}};
}

/// Where a server's lines are by its logfile, syslog aside.
Result<Sources> own_sources(const host::Root& root, std::int64_t pid, const LogSettings& settings) {
  const int descriptor = log_descriptor(settings.logfile);
  if (descriptor != 0) return stream_sources(root, pid, descriptor, settings);
  if (settings.logfile == "/dev/null") return thrown_away(settings);
  auto path = find_server_log(root, pid, settings.logfile);
  if (!path) return path.error();
  return Sources{{.keeper = LogKeeper::file, .name = *path, .path = *path}};
}

}  // namespace

Sources find_stream_keepers(const host::Root& root, std::int64_t pid, const std::string& target) {
  const bool socket = target.starts_with("socket:");
  const bool stream = socket || target.starts_with("pipe:") || target.starts_with("/dev/pts/");
  const auto memberships = host::read_cgroup(root, pid);
  if (!stream || !memberships) return {};
  if (const auto id = container_of(*memberships)) {
    Sources sources = find_container_files(root, *id);
    if (has_journal(root)) sources.push_back(container_journal(*id));
    return sources;
  }
  if (!socket || !has_journal(root)) return {};
  const auto status = host::read_status(root, pid);
  return {stream_journal(*memberships, pid, status ? status->real_uid.value_or(0) : 0)};
}

Result<Sources> find_log_sources(const host::Root& root, std::int64_t pid,
                                 const LogSettings& settings) {
  auto own = own_sources(root, pid, settings);
  Sources all = own ? *own : Sources();
  if (settings.syslog) {
    for (LogSource& source : syslog_sources(root, settings)) all.push_back(std::move(source));
  }
  if (all.empty()) return own.error();
  return all;
}

}  // namespace forkmend::redis
