// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// ENOSPC and its relatives: blocks, inodes, quotas, left-over files, and the limit of one file. The
// failed child removes its temporary file, so room that is there again says nothing by itself: it
// is compared with what the new file takes.
#include <cerrno>

#include "base/error.hpp"
#include "base/units.hpp"
#include "diagnosis/write_case.hpp"
#include "forecast/arithmetic.hpp"

namespace forkmend::diagnosis {

namespace {

constexpr std::string_view kStale = "stale-temp-files";

std::string need_text(const SizeEstimate& need) {
  const std::string size = need.low == need.high
                               ? format_size(need.high)
                               : format_size(need.low) + " to " + format_size(need.high);
  return size + " (" + need.basis + ")";
}

bool no_inodes(const WriteCase& write_case) {
  return write_case.integer("total_inodes").value_or(0) > 0 &&
         write_case.integer("available_inodes") == 0;
}

/// Enough is held by files of dead children for the save to fit without them.
bool stale_files_decide(const WriteCase& write_case) {
  const auto available = write_case.integer("available_bytes");
  const auto stale = write_case.failure_case.integer("instance.dir.stale_temp_bytes");
  const auto need = estimate_size(write_case);
  return available && stale && need && *stale > 0 && *available < need->high &&
         forecast::add_clamped(*available, *stale) >= need->high;
}

/// A file in a directory that is there needs an inode and at most one block for its name.
bool is_open_with_a_block(const WriteCase& write_case, std::int64_t available) {
  constexpr std::int64_t kLargestBlock = 65'536;
  return write_case.operation == WriteOperation::open && available >= kLargestBlock;
}

}  // namespace

Assessment assess_disk_full(const WriteCase& write_case) {
  Claim claim{.id = "disk-full", .errnos = {ENOSPC}};
  if (const auto& line = write_case.failure_case.kernel.device_full; line && write_case.error) {
    claim.shown = true;
    claim.evidence.push_back(kernel_line(*line));
    claim.evidence.push_back(Evidence{
        "kernel log", "The volume behind the file system is full, whatever df says.", true});
    return judge(write_case, std::move(claim));
  }
  const auto available = write_case.integer("available_bytes");
  const auto need = estimate_size(write_case);
  if (!available || !need) {
    claim.otherwise = "the room in " + write_case.path() + " or the size of the file is not known.";
    return judge(write_case, std::move(claim));
  }
  const std::string says = format_size(*available) + " of " +
                           format_size(write_case.integer("total_bytes").value_or(0)) +
                           " are available in " + write_case.path() + ", a new file takes " +
                           need_text(*need) + ".";
  const bool told = write_case.error == ENOSPC;
  if (told && (no_inodes(write_case) || is_open_with_a_block(write_case, *available))) {
    return RuledOut{"disk-full", "There is room for the file's name, and " + says};
  }
  if (stale_files_decide(write_case)) {
    return RuledOut{"disk-full", "Only temporary files of dead children fill it up: " +
                                     std::string(kStale) + ". " + says};
  }
  claim.shown = *available < need->low;
  claim.second_witness = *available < need->high;
  if (*claim.shown || claim.second_witness) {
    claim.evidence.push_back(write_case.witness("available_bytes", says));
  } else {
    claim.otherwise = "There is room now: " + says;
  }
  return judge(write_case, std::move(claim));
}

Assessment assess_stale_temp_files(const WriteCase& write_case) {
  Claim claim{.id = kStale, .errnos = {ENOSPC, EDQUOT}};
  const auto files = write_case.failure_case.integer("instance.dir.stale_temp_files");
  if (!files) {
    claim.otherwise = "the temporary files in " + write_case.path() + " are not known.";
    // That alone makes no cause of an ENOSPC.
    return Undecided{std::string(kStale) + " could not be checked: " + claim.otherwise};
  }
  if (*files == 0) {
    return RuledOut{std::string(kStale), "No temporary file of a dead child is there."};
  }
  const auto bytes = write_case.failure_case.integer("instance.dir.stale_temp_bytes").value_or(0);
  const auto names =
      write_case.failure_case.observation.facts.text("instance.dir.stale_temp_names");
  const std::string says = format_count(*files) + " temporary files of dead children hold " +
                           format_size(bytes) + ": " + names.value_or("") + ".";
  claim.shown = stale_files_decide(write_case);
  claim.excluded = true;
  claim.otherwise = says + " Without them the save would fit no better.";
  if (*claim.shown) {
    claim.evidence.push_back(Evidence{"temporary files in " + write_case.path(), says, true});
  }
  return judge(write_case, std::move(claim));
}

Assessment assess_inodes_exhausted(const WriteCase& write_case) {
  constexpr std::string_view kId = "inodes-exhausted";
  Claim claim{.id = kId, .errnos = {ENOSPC}, .excluded = true};
  const auto total = write_case.integer("total_inodes");
  const auto left = write_case.integer("available_inodes");
  const bool had_file =
      write_case.operation == WriteOperation::write || write_case.operation == WriteOperation::sync;
  if (had_file) {
    return RuledOut{std::string(kId), "The file was open already: it had its inode."};
  }
  if (!total || !left) {
    claim.otherwise = "the inodes of " + write_case.path() + " are not known.";
    return judge(write_case, std::move(claim));
  }
  claim.shown = no_inodes(write_case);
  claim.otherwise = *total == 0 ? "This file system does not count inodes."
                                : format_count(*left) + " inodes are left.";
  claim.evidence.push_back(write_case.witness(
      "available_inodes", "No inode is left of " + format_count(*total) + " in " +
                              write_case.path() + ", so that no file can be made there."));
  return judge(write_case, std::move(claim));
}

Assessment assess_quota_exceeded(const WriteCase& write_case) {
  Claim claim{.id = "quota-exceeded", .errnos = {EDQUOT}};
  if (!write_case.error) {
    return RuledOut{"quota-exceeded", "No line tells of EDQUOT, and free space would not show it."};
  }
  const auto quota = write_case.flag("quota");
  claim.second_witness = quota == true;
  if (quota == true) {
    claim.evidence.push_back(write_case.witness(
        "quota", "The mount has quotas, or is of a kind that keeps them elsewhere (" +
                     write_case.text("filesystem").value_or("unknown") + ")."));
  } else {
    claim.otherwise = "The mount names no quota; free space is no proof against one.";
  }
  return judge(write_case, std::move(claim));
}

Assessment assess_file_size_limit(const WriteCase& write_case) {
  constexpr std::string_view kId = "file-size-limit";
  const FailureCase& failure_case = write_case.failure_case;
  Claim claim{.id = kId, .errnos = {EFBIG}};
  if (is_longest_write(failure_case.failure.text)) {
    claim.second_witness = true;
    claim.evidence.push_back(Evidence{"write(2)",
                                      "One write takes at most 2,147,479,552 bytes: what waits for "
                                      "the AOF has grown beyond that.",
                                      false});
    return judge(write_case, std::move(claim));
  }
  const auto limit = failure_case.integer("instance.fsize_limit");
  if (!write_case.error) {
    const auto need = estimate_size(write_case);
    const bool below = limit && need && *limit < need->low;
    if (!below) return RuledOut{std::string(kId), "RLIMIT_FSIZE lets a file of that size pass."};
  }
  if (!limit) {
    claim.otherwise = "RLIMIT_FSIZE of the server is not known.";
  } else {
    claim.shown = *limit != kUnlimited;
    claim.otherwise = "RLIMIT_FSIZE is unlimited by now.";
  }
  if (claim.shown == true) {
    claim.evidence.push_back(Evidence{
        "/proc/PID/limits Max file size",
        "RLIMIT_FSIZE lets the server write no file larger than " + format_size(*limit) + ".",
        true});
  }
  return judge(write_case, std::move(claim));
}

}  // namespace forkmend::diagnosis
