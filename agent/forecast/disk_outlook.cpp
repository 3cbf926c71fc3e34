// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The child writes beside the old file, which stays until the new one is whole: all of the new file
// has to fit into what is free now.
#include <algorithm>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "forecast/arithmetic.hpp"
#include "forecast/outlooks.hpp"
#include "forecast/rule_reader.hpp"

namespace forkmend::forecast {

namespace {

std::int64_t tenth_more(std::int64_t bytes) {
  return add_clamped(bytes, bytes / 10);
}

/// One file that may be written, and the room for it.
struct File {
  std::string name;
  Spread bytes;
  std::int64_t room = 0;

  [[nodiscard]] std::int64_t margin() const { return subtract_clamped(room, bytes.likely); }
};

/// A tenth more than the last file; without one the data set, of which a file is a quarter where it
/// compresses well. nullopt: nothing says how large the data is (the reader knows).
std::optional<Spread> read_size(RuleReader& reader) {
  if (const auto last = reader.look("instance.dir.target_size"); last && *last > 0) {
    return Spread{*last, tenth_more(*last), add_clamped(*last, *last / 2)};
  }
  for (const auto* name : {"redis.used_memory_dataset", "redis.used_memory"}) {
    const auto data = reader.look(name);
    if (data && *data >= 0) return Spread{*data / 4, tenth_more(*data), tenth_more(*data)};
  }
  reader.miss("redis.used_memory");
  return std::nullopt;
}

bool says(RuleReader& reader, std::string_view setting, std::string_view word) {
  return reader.look_text(setting) == word;
}

/// Whether a full sync is written to a file: by a master without diskless sync, and by a replica
/// that does not load from the socket.
bool copies_by_file(RuleReader& reader) {
  if (reader.look_text("redis.role") == "slave") {
    return says(reader, "redis.config.repl-diskless-load", "disabled");
  }
  return reader.look("redis.connected_slaves").value_or(0) > 0 &&
         says(reader, "redis.config.repl-diskless-sync", "no");
}

Spread rewrite_size(RuleReader& reader, const Spread& size) {
  const std::int64_t base = reader.look("redis.aof_base_size").value_or(0);
  return {size.low, std::max(size.likely, tenth_more(std::max<std::int64_t>(base, 0))),
          std::max(size.worst, tenth_more(tenth_more(std::max<std::int64_t>(base, 0))))};
}

std::vector<File> files_of(RuleReader& reader, const Spread& size, std::int64_t room) {
  std::vector<File> files = {{"rdb", size, room}};
  if (reader.look("redis.aof_enabled").value_or(0) == 1) {
    const std::int64_t own = reader.look("instance.aof_dir.available_bytes").value_or(room);
    files.push_back({"aof-rewrite", rewrite_size(reader, size), own});
  }
  if (copies_by_file(reader)) files.push_back({"replica-sync", size, room});
  return files;
}

/// Some file systems do not count inodes: they say 0 of 0.
bool no_inode_left(RuleReader& reader) {
  const auto left = reader.look("instance.dir.available_inodes");
  return left && *left <= 0 && reader.look("instance.dir.total_inodes") != 0;
}

void weigh(RuleReader& reader, const File& file, DiskOutlook& outlook) {
  outlook.binding = file.name;
  outlook.estimate = file.bytes;
  outlook.margin = file.margin();
  const std::string sizes = "the new file (" + file.name + ") takes about " +
                            format_size(file.bytes.likely) + ", " + format_size(file.room) +
                            " are free";
  outlook.verdict = file.bytes.worst > file.room ? Verdict::too_close : Verdict::admitted;
  if (file.margin() < 0) outlook.verdict = Verdict::refused;
  outlook.says = (outlook.verdict == Verdict::refused     ? "No room: "
                  : outlook.verdict == Verdict::too_close ? "Hardly room: "
                                                          : "Room: ") +
                 sizes + ".";
  const auto limit = reader.look("instance.fsize_limit");
  if (limit && file.bytes.likely > *limit) {
    outlook.verdict = Verdict::refused;
    outlook.binding = "fsize-limit";
    outlook.margin = subtract_clamped(*limit, file.bytes.likely);
    outlook.says = "No room: " + sizes + ", but the server may only write files of " +
                   format_size(*limit) + " (RLIMIT_FSIZE).";
  }
}

}  // namespace

DiskOutlook disk_outlook(const FactSet& facts) {
  RuleReader reader(facts);
  DiskOutlook outlook;
  outlook.unit = "bytes";
  const auto room = reader.need("instance.dir.available_bytes");
  const auto size = read_size(reader);
  if (size) outlook.estimate = size;
  if (room && size) {
    const auto files = files_of(reader, *size, *room);
    weigh(reader, *std::ranges::min_element(files, {}, &File::margin), outlook);
  }
  if (no_inode_left(reader)) {
    outlook.verdict = Verdict::refused;
    outlook.binding = "inodes";
    outlook.says = "No room: no inode is left in the file system of the dir.";
  }
  if (outlook.verdict == Verdict::unknown) outlook.says = reader.what_lacks();
  outlook.inputs = reader.inputs();
  return outlook;
}

}  // namespace forkmend::forecast
