// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/directory_facts.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "base/fact_catalog.hpp"
#include "base/text.hpp"
#include "host/process.hpp"
#include "host/temp_files.hpp"
#include "redis/directory_place.hpp"
#include "redis/process_path.hpp"

namespace forkmend::redis {

namespace {

using host::FactWriter;
using host::Root;

constexpr std::string_view kDir = "instance.dir.";
constexpr std::string_view kAofDir = "instance.aof_dir.";
constexpr std::string_view kDeleted = " (deleted)";

void miss_all(FactWriter& writer, std::string_view prefix, FactState state,
              std::string_view reason) {
  for (const FactInfo& info : fact_catalog()) {
    if (info.name.starts_with(prefix)) writer.miss(info.name, state, "the directory", reason);
  }
}

std::string type_of(const Result<host::FileStatus>& status) {
  if (!status) return "missing";
  if (status->is_regular()) return "regular";
  if (status->is_directory()) return "directory";
  return status->is_symlink() ? "symlink" : "other";
}

void put_target(const DirectoryPlace& place, const SaveTarget& target, const std::string& file,
                const Result<std::vector<host::Mount>>& mounts) {
  const std::string source = printable(target.path);
  const auto status = place.root.status(target.path);
  if (!status && status.error().code != Errc::not_found) {
    place.miss("target_type", status.error(), source);
    place.miss("target_size", status.error(), source);
  } else {
    place.put("target_type", type_of(status), source);
    const bool regular = status && status->is_regular();
    place.writer.put_optional(place.name("target_size"),
                              regular ? std::optional(status->size) : std::nullopt, source,
                              FactState::not_applicable, "no save's file is there");
  }
  const std::string name = place.path == "/" ? "/" + file : place.path + "/" + file;
  const std::string mount_source = host::proc_path(place.pid, "mountinfo");
  if (!mounts) return place.miss("target_mount", mounts.error(), mount_source);
  place.put("target_mount",
            std::ranges::find(*mounts, name, &host::Mount::mount_point) != mounts->end(),
            mount_source);
}

void put_stale(const DirectoryPlace& place) {
  constexpr std::size_t kShown = 5;
  const std::string source = "temporary files in " + printable(place.path);
  const auto stale = host::find_stale_temp_files(place.root, place.host_path());
  if (!stale) {
    for (const std::string_view fact :
         {"stale_temp_files", "stale_temp_bytes", "stale_temp_names"}) {
      place.miss(fact, stale.error(), source);
    }
    return;
  }
  place.put("stale_temp_files", static_cast<std::int64_t>(stale->names.size()), source);
  place.put("stale_temp_bytes", stale->bytes, source);
  const std::span<const std::string> names(stale->names);
  place.put("stale_temp_names", printable(join(names.first(std::min(names.size(), kShown)), " ")),
            source);
}

void put_configured(FactWriter& writer, const Root& root, std::int64_t pid, const FactSet& known) {
  constexpr std::string_view kPath = "instance.dir.configured";
  constexpr std::string_view kName = "instance.dir.configured_name";
  const auto file = known.text("redis.config_file");
  if (!file || file->empty()) {
    for (const auto name : {kPath, kName}) {
      writer.miss(name, FactState::not_applicable, "INFO config_file",
                  "the server was started without a configuration file");
    }
    return;
  }
  const std::string source = printable(*file);
  const auto configured = read_configured_dir(root, pid, *file);
  if (!configured) {
    for (const auto name : {kPath, kName}) writer.miss(name, configured.error(), source);
    return;
  }
  const bool absolute = configured->dir && configured->dir->starts_with('/');
  writer.put_optional(kPath,
                      absolute ? std::optional(printable(*configured->dir, 4096)) : std::nullopt,
                      source, FactState::unknown, "the file sets no absolute dir");
  writer.put_optional(kName, configured->dbfilename, source, FactState::unknown,
                      "the file sets no dbfilename");
}

/// A host path in its two parts: before the server's "/", and the server's own name for it.
struct TwoParts {
  std::string base;
  std::string path;
};

TwoParts split_base(const Root& root, std::int64_t pid, const std::string& host_path) {
  const std::string root_link = host::proc_path(pid, "root");
  const auto top = root.read_link(root_link);
  for (const std::string& base : {root_link, top ? *top : std::string("/")}) {
    if (base == "/" || !host_path.starts_with(base)) continue;
    std::string path = host_path.substr(base.size());
    if (path.empty()) path = "/";
    if (path.starts_with('/')) return {base, std::move(path)};
  }
  return {"", host_path};
}

/// Our path of the directory: the working directory, or, where that may not be read, `dir`.
Result<std::string> find_directory(const Root& root, std::int64_t pid, const FactSet& known) {
  auto path = path_of_process(root, pid, ".");
  if (path || path.error().code != Errc::permission_denied) return path;
  const auto dir = known.text("redis.config.dir");
  if (!dir || !dir->starts_with('/')) return path;
  return path_of_process(root, pid, *dir);
}

void put_deleted(FactWriter& writer, const std::string& link) {
  constexpr std::string_view kWhy = "the directory has been removed";
  miss_all(writer, kDir, FactState::not_applicable, kWhy);
  writer.put("instance.dir.path", printable(link.substr(0, link.size() - kDeleted.size())), "cwd");
  writer.put("instance.dir.deleted", true, "cwd ends in \"(deleted)\"");
  writer.put("instance.dir.exists", false, "cwd ends in \"(deleted)\"");
}

constexpr std::string_view kIncrEnd = ".incr.aof";

/// NAME.N.incr.aof: what a server from 7.0 on appends to (aof.c: makeIncrAofName()).
void put_incr_files(const DirectoryPlace& place) {
  const std::string source = "files in " + printable(place.path);
  const auto names = place.root.list(place.host_path());
  if (!names) return place.miss("incr_files", names.error(), source);
  const auto count = std::ranges::count_if(
      *names, [](const std::string& file) { return file.ends_with(kIncrEnd); });
  place.put("incr_files", static_cast<std::int64_t>(count), source);
}

void put_aof_dir(const DirectoryPlace& dir, const Result<std::vector<host::Mount>>& mounts,
                 const FactSet& known) {
  const auto name = known.text("redis.config.appenddirname");
  const bool on =
      known.text("redis.config.appendonly") == "yes" || known.integer("redis.aof_enabled") == 1;
  if (!name || name->empty() || !on) {
    return miss_all(dir.writer, kAofDir, FactState::not_applicable,
                    on ? "append-only files lie in the dir itself" : "AOF is off");
  }
  const DirectoryPlace place{.root = dir.root,
                             .pid = dir.pid,
                             .prefix = kAofDir,
                             .base = dir.base,
                             .path = (dir.path == "/" ? "" : dir.path) + "/" + *name,
                             .working_directory = dir.path,
                             .writer = dir.writer};
  put_place(place, mounts, nullptr);
  put_incr_files(place);
}

}  // namespace

FactSet directory_facts(const Root& root, std::int64_t pid, const FactSet& known) {
  FactSet facts;
  FactWriter writer(root.live() ? host::TreeKind::live : host::TreeKind::captured, facts);
  miss_all(writer, kAofDir, FactState::unknown, "the dir is not known");
  const auto link = root.read_link(host::proc_path(pid, "cwd"));
  if (link && link->ends_with(kDeleted)) {
    put_deleted(writer, *link);
    put_configured(writer, root, pid, known);
    return facts;
  }
  const auto directory = find_directory(root, pid, known);
  if (!directory) {
    miss_all(writer, kDir, host::state_of(directory.error().code, host::TreeKind::captured),
             directory.error().message);
    return facts;
  }
  TwoParts parts = split_base(root, pid, *directory);
  const DirectoryPlace dir{.root = root,
                           .pid = pid,
                           .prefix = kDir,
                           .base = std::move(parts.base),
                           .path = parts.path,
                           .working_directory = parts.path,
                           .writer = writer};
  const auto mounts = host::read_mountinfo(root, std::to_string(pid));
  const std::string file = known.text("redis.config.dbfilename").value_or("dump.rdb");
  const std::string target_path = (*directory == "/" ? "" : *directory) + "/" + file;
  const SaveTarget target{target_path, root.attributes(target_path)};
  put_place(dir, mounts, &target);
  writer.put("instance.dir.deleted", false, host::proc_path(pid, "cwd"));
  put_target(dir, target, file, mounts);
  put_stale(dir);
  put_configured(writer, root, pid, known);
  put_aof_dir(dir, mounts, known);
  return facts;
}

}  // namespace forkmend::redis
