// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/proofs.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "base/units.hpp"

namespace forkmend::engine {

namespace {

/// A key is at least its type, the length of its name and its value.
constexpr std::int64_t kBytesPerKey = 3;

std::int64_t seconds_of(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::string time_of(std::int64_t seconds) {
  return format_time(WallTime(std::chrono::seconds(seconds)));
}

bool is_oom_counter(std::string_view name) {
  return name == "host.oom_kills" ||
         (name.starts_with("instance.memory.") && name.ends_with(".oom_kill"));
}

std::string change_of(const FileWitness& witness) {
  const std::string inode = std::to_string(witness.after->inode);
  const std::string name = printable(witness.after->name, 100);
  if (!witness.before) return name + " inode " + inode + " is the first one";
  return name + " inode " + std::to_string(witness.before->inode) + " -> " + inode;
}

bool is_the_old_one(const SavedFile& before, const SavedFile& after) {
  return before.inode == after.inode && before.device == after.device &&
         before.mtime == after.mtime && before.name == after.name;
}

/// What is wrong with an RDB file; empty when nothing is.
std::string fault_of(const Result<RdbLook>& look, std::optional<std::int64_t> keys) {
  if (!look) return "it cannot be read: " + look.error().message;
  const std::int64_t least = kSmallestRdb + kBytesPerKey * keys.value_or(0);
  if (look->size < least) {
    return format_size(look->size) + " are too few for " + format_count(keys.value_or(0)) + " keys";
  }
  if (look->magic.empty()) return "it does not begin with REDIS or VALKEY";
  if (!look->has_end) return "it has no end mark: it was not written to its end";
  return {};
}

}  // namespace

Proof status_proof(const FactSet& before, const FactSet& after, SaveKind kind) {
  const std::string field(status_field(kind));
  const auto now = after.text("redis." + field);
  if (now == "ok") return {"status", true, field + " is ok"};
  std::string says = field + (now ? " is " + *now : " is not told");
  if (now && before.text("redis." + field) == "ok") {
    says += "; it was ok before: this save made it so";
  }
  return {"status", false, std::move(says)};
}

Proof lastsave_proof(const FactSet& after, WallTime triggered) {
  const auto last = after.integer("redis.rdb_last_save_time");
  if (!last) return {"lastsave", false, "rdb_last_save_time is not told"};
  const std::string says =
      "last save at " + time_of(*last) + ", triggered at " + time_of(seconds_of(triggered));
  return {"lastsave", *last >= seconds_of(triggered), says};
}

std::optional<Proof> rewrites_proof(const FactSet& before, const FactSet& after) {
  const auto was = before.integer("redis.aof_rewrites");
  const auto now = after.integer("redis.aof_rewrites");
  if (!was || !now) return std::nullopt;
  return Proof{"rewrites", *now > *was,
               "aof_rewrites " + std::to_string(*was) + " -> " + std::to_string(*now)};
}

std::optional<Proof> own_save_proof(const FactSet& before, const FactSet& after, SaveKind kind) {
  const auto rose = [&](std::string_view field) {
    const auto was = before.integer("redis." + std::string(field));
    const auto now = after.integer("redis." + std::string(field));
    return was && now && *now > *was;
  };
  const bool snapshot = kind == SaveKind::snapshot;
  const bool saved = rose(snapshot ? "rdb_last_save_time" : "aof_rewrites");
  const std::string status(status_field(kind));
  if (!saved || !rose("total_forks") || after.text("redis." + status) != "ok") return std::nullopt;
  return Proof{"own-save", true, "the server has saved by itself meanwhile"};
}

Proof new_file_proof(const FileWitness& witness) {
  if (!witness.after) {
    return {"new-file", false, "the new file is not seen: " + witness.after.error().message};
  }
  if (!witness.before && witness.before.error().code != Errc::not_found) {
    return {"new-file", false, "the file before is not known: " + witness.before.error().message};
  }
  std::string says = change_of(witness);
  if (witness.before && is_the_old_one(*witness.before, *witness.after)) {
    return {"new-file", false, std::move(says) + ": still the old file"};
  }
  if (witness.look) {
    const std::string fault = fault_of(*witness.look, witness.keys);
    if (!fault.empty()) return {"new-file", false, says + ": " + fault};
    says += ", " + (*witness.look)->magic + " magic and end mark";
  }
  return {"new-file", true, says + ", " + format_size(witness.after->size)};
}

Proof oom_proof(const FactSet& before, const FactSet& after) {
  std::vector<std::string> grown;
  std::vector<std::string> unread;
  bool counted = false;
  for (const auto& [name, fact] : after.all()) {
    if (!is_oom_counter(name) || fact.state == FactState::not_applicable) continue;
    const auto was = before.integer(name);
    const auto now = after.integer(name);
    if (!was || !now) {
      unread.push_back(name);
    } else if (*now > *was) {
      grown.push_back(name + " " + std::to_string(*was) + " -> " + std::to_string(*now));
    } else {
      counted = true;
    }
  }
  if (!grown.empty()) return {"oom", false, "something was killed: " + join_words(grown)};
  if (!unread.empty()) return {"oom", false, join_words(unread) + " cannot be read"};
  return {"oom", true, counted ? "no new OOM kill" : "this kernel does not count OOM kills"};
}

Proof pong_proof(const Result<redis::Reply>& reply) {
  if (!reply) return {"pong", false, "no answer to PING: " + reply.error().message};
  auto text = redis::as_text(*reply);
  if (!text) return {"pong", false, "PING was answered with: " + text.error().message};
  return {"pong", *text == "PONG", "PING was answered with " + printable(*text, 100)};
}

}  // namespace forkmend::engine
