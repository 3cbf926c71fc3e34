// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/text.hpp"
#include "host/process.hpp"
#include "redis/process_path.hpp"
#include "redis/server_log.hpp"

namespace forkmend::redis {

namespace {

Result<std::string> regular_file(const host::Root& root, std::string path) {
  const auto status = root.status(path);
  if (!status) return status.error();
  if (!status->is_regular()) {
    return Error{Errc::invalid, "the server log " + printable(path) + " is no regular file"};
  }
  return path;
}

Result<std::string> find_open_log(const host::Root& root, std::int64_t pid, int descriptor) {
  std::string link = host::proc_path(pid, "fd/" + std::to_string(descriptor));
  const auto target = root.read_link(link);
  if (!target) return target.error();
  if (*target == "/dev/null") {
    return Error{Errc::not_found, "the server throws its log away: it goes to /dev/null"};
  }
  if (!target->starts_with('/') || target->starts_with("/dev/")) {
    return Error{Errc::unsupported, "the server logs to " + printable(*target, 60) +
                                        ", and nothing tells who keeps what it writes there"};
  }
  auto path = path_of_process(root, pid, *target);
  if (path && root.exists(*path)) return regular_file(root, std::move(*path));
  // Deleted, or on a mount that we do not see: still open, and so still readable through the link.
  if (root.live()) return link;
  return Error{Errc::not_found, "the server log " + printable(*target) + " is gone"};
}

}  // namespace

int log_descriptor(std::string_view logfile) {
  if (logfile.empty() || logfile == "/dev/stdout" || logfile == "/dev/fd/1" ||
      logfile == "/proc/self/fd/1") {
    return 1;
  }
  if (logfile == "/dev/stderr" || logfile == "/dev/fd/2" || logfile == "/proc/self/fd/2") return 2;
  return 0;
}

Result<std::string> find_server_log(const host::Root& root, std::int64_t pid,
                                    std::string_view logfile) {
  const int descriptor = log_descriptor(logfile);
  if (descriptor != 0) return find_open_log(root, pid, descriptor);
  auto path = path_of_process(root, pid, logfile);
  if (!path) return path.error().during("looking for the server log");
  return regular_file(root, std::move(*path));
}

}  // namespace forkmend::redis
