// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/write_case.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "forecast/arithmetic.hpp"

namespace forkmend::diagnosis {

namespace {

constexpr std::string_view kDir = "instance.dir.";
constexpr std::string_view kAofDir = "instance.aof_dir.";

struct Wording {
  std::string_view start;
  WriteOperation operation;
};

/// The first that fits. Texts: redis/log_patterns.cpp.
constexpr auto kWordings = std::to_array<Wording>({
    {"Failed opening ", WriteOperation::open},
    {"Opening the temp file ", WriteOperation::open},
    {"Can't open ", WriteOperation::open},
    {"Unable to open ", WriteOperation::open},
    {"Redis needs to enable the AOF but can't open", WriteOperation::open},
    {"forkless-save: failed to open", WriteOperation::open},
    {"Write error while saving DB to the disk(fsync)", WriteOperation::sync},
    {"Write error saving DB on disk(fsync)", WriteOperation::sync},
    {"Failed to fsync directory", WriteOperation::sync},
    {"Fail to fsync", WriteOperation::sync},
    {"Can't persist AOF for fsync error", WriteOperation::sync},
    {"Error trying to fsync", WriteOperation::sync},
    {"Failed trying to sync", WriteOperation::sync},
    {"forkless-save: error fsyncing", WriteOperation::sync},
    {"Error moving temp", WriteOperation::rename},
    {"Error trying to rename", WriteOperation::rename},
    {"Failed trying to rename", WriteOperation::rename},
    {"forkless-save: error moving", WriteOperation::rename},
    {"Write error", WriteOperation::write},
    {"Error writing", WriteOperation::write},
    {"Error trying to write", WriteOperation::write},
    {"Error trying to flush", WriteOperation::write},
    {"Short write", WriteOperation::write},
    {"Could not remove short write", WriteOperation::write},
    {"forkless-save: error", WriteOperation::write},
});

/// Redis sets ENOSPC itself for any short write (flushAppendOnlyFile of aof.c) and prints none.
bool is_short_write(std::string_view line) {
  return line.starts_with("Short write") || line.starts_with("Could not remove short write");
}

/// Files of an AOF lie in appenddirname from 7.0 on; what the rewriting child writes does not.
bool is_in_aof_dir(const FailureCase& failure_case) {
  const Failure& failure = failure_case.failure;
  const bool aof =
      failure.kind == FailureKind::aof_write || failure.kind == FailureKind::aof_rewrite;
  if (!aof || !failure_case.observation.facts.text("instance.aof_dir.path")) return false;
  if (failure.kind == FailureKind::aof_write) return true;
  constexpr auto kOfChild =
      std::to_array<std::string_view>({"Opening the temp file", "Write error writing append only",
                                       "Error moving temp append only"});
  return std::ranges::none_of(
      kOfChild, [&](std::string_view start) { return failure.text.starts_with(start); });
}

std::string errno_list(const std::vector<int>& errnos) {
  std::vector<std::string> names;
  names.reserve(errnos.size());
  for (const int number : errnos) names.push_back(errno_name(number));
  return join(names, " or ");
}

}  // namespace

WriteOperation write_operation(std::string_view line) {
  const auto* found = std::ranges::find_if(
      kWordings, [&](const Wording& wording) { return line.starts_with(wording.start); });
  return found != kWordings.end() ? found->operation : WriteOperation::unknown;
}

bool is_longest_write(std::string_view line) {
  return line.starts_with("Short write") &&
         line.find("(nwritten=2147479552,") != std::string_view::npos;
}

std::optional<std::int64_t> WriteCase::integer(std::string_view fact) const {
  return failure_case.observation.facts.integer(std::string(prefix) + std::string(fact));
}

std::optional<bool> WriteCase::flag(std::string_view fact) const {
  return failure_case.observation.facts.flag(std::string(prefix) + std::string(fact));
}

std::optional<std::string> WriteCase::text(std::string_view fact) const {
  return failure_case.observation.facts.text(std::string(prefix) + std::string(fact));
}

std::string WriteCase::path() const {
  return text("path").value_or("the directory");
}

Evidence WriteCase::witness(std::string_view fact, std::string says) const {
  const Fact* found = failure_case.observation.facts.find(std::string(prefix) + std::string(fact));
  return Evidence{found != nullptr ? found->source : std::string(prefix) + std::string(fact),
                  std::move(says), true};
}

WriteCase read_write_case(const FailureCase& failure_case) {
  const Failure& failure = failure_case.failure;
  WriteCase write_case{.failure_case = failure_case,
                       .operation = write_operation(failure.text),
                       .error = failure.error_number,
                       .prefix = is_in_aof_dir(failure_case) ? kAofDir : kDir};
  if (is_short_write(failure.text)) write_case.error = ENOSPC;
  if (is_longest_write(failure.text)) write_case.error = EFBIG;
  // The signal says what EFBIG would, where it is ignored.
  if (failure.signal == SIGXFSZ) write_case.error = EFBIG;
  return write_case;
}

std::optional<SizeEstimate> estimate_size(const WriteCase& write_case) {
  const FailureCase& failure_case = write_case.failure_case;
  if (failure_case.failure.kind == FailureKind::aof_write) {
    constexpr std::int64_t kLeast = 65'536;  // one write of a busy server
    const auto buffer = failure_case.integer("redis.aof_buffer_length").value_or(0);
    const std::int64_t size = std::max(buffer, kLeast);
    return SizeEstimate{size, size, "what waits to be appended"};
  }
  const bool rdb = failure_case.failure.kind != FailureKind::aof_rewrite;
  const auto last = rdb ? failure_case.integer("instance.dir.target_size")
                        : failure_case.integer("redis.aof_base_size");
  const auto data = failure_case.integer("redis.used_memory_dataset");
  std::optional<std::int64_t> grown;
  if (data && *data >= 0) grown = forecast::add_clamped(*data, *data / 10);
  const bool has_last = last && *last > 0;
  if (!has_last && !grown) return std::nullopt;
  const std::int64_t first = has_last ? *last : *grown;
  const std::int64_t second = grown ? *grown : *last;
  return SizeEstimate{
      std::min(first, second), std::max(first, second),
      has_last ? "by the last file and used_memory_dataset" : "used_memory_dataset and a tenth"};
}

Assessment judge(const WriteCase& write_case, Claim claim) {
  const std::string id(claim.id);
  const bool told = write_case.error.has_value();
  if (told && std::ranges::find(claim.errnos, *write_case.error) == claim.errnos.end()) {
    return RuledOut{id, "errno is " + errno_name(*write_case.error) + ", not " +
                            errno_list(claim.errnos) + "."};
  }
  Confidence confidence = Confidence::possible;
  if (claim.shown == true) {
    confidence = told ? Confidence::proven : Confidence::likely;
  } else {
    if (claim.shown == false && (claim.excluded || !told)) return RuledOut{id, claim.otherwise};
    if (!told && !claim.second_witness) {
      return Undecided{id + " could not be checked: " + claim.otherwise};
    }
    if (told && claim.second_witness) confidence = Confidence::likely;
  }
  Cause cause = make_cause(write_case.failure_case, id, confidence, nullptr);
  for (Evidence& one : claim.evidence) cause.evidence.push_back(std::move(one));
  if (claim.shown != true && !claim.otherwise.empty()) {
    cause.evidence.push_back(Evidence{"but", std::move(claim.otherwise), false});
  }
  return cause;
}

}  // namespace forkmend::diagnosis
