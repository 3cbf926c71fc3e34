// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "diagnosis/failure_case.hpp"

namespace forkmend::diagnosis {

/// What the server or its child did when it failed, by its own line.
enum class WriteOperation { open, write, sync, rename, unknown };

/// Pure. `line` is the message of a server log line.
[[nodiscard]] WriteOperation write_operation(std::string_view line);

/// Pure. A short write that ended where every write() ends: MAX_RW_COUNT of include/linux/fs.h, 2
/// GiB less a page. The disk has nothing to do with it.
[[nodiscard]] bool is_longest_write(std::string_view line);

/// What a save that failed behind the fork is about, in the facts that fit it.
struct WriteCase {
  const FailureCase& failure_case;
  WriteOperation operation = WriteOperation::unknown;
  std::optional<int>
      error;  ///< as told; ENOSPC for a short write, EFBIG for SIGXFSZ and the longest one
  std::string_view prefix;  ///< "instance.dir." or "instance.aof_dir."

  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view fact) const;
  [[nodiscard]] std::optional<bool> flag(std::string_view fact) const;
  [[nodiscard]] std::optional<std::string> text(std::string_view fact) const;
  /// The directory, or "the directory" where it is not known.
  [[nodiscard]] std::string path() const;
  /// A witness of the kernel: the fact's source and a sentence.
  [[nodiscard]] Evidence witness(std::string_view fact, std::string says) const;
};

[[nodiscard]] WriteCase read_write_case(const FailureCase& failure_case);

/// How many bytes the new file takes: low and high estimate, and where they come from. nullopt
/// when neither the last file nor the data's size is known. For an AOF write: its buffer.
struct SizeEstimate {
  std::int64_t low = 0;
  std::int64_t high = 0;
  std::string basis;
};
[[nodiscard]] std::optional<SizeEstimate> estimate_size(const WriteCase& write_case);

/// One cause as its file sees it; judge() makes the answer of it.
struct Claim {
  std::string_view id;
  std::vector<int> errnos;         ///< what the kernel answers with
  std::optional<bool> shown;       ///< the kernel's own state shows the cause; nullopt: unknown
  std::vector<Evidence> evidence;  ///< that it does
  std::string otherwise;           ///< a sentence for shown == false or nullopt
  bool excluded = false;           ///< shown == false rules it out whatever errno says
  bool second_witness = false;     ///< something beside errno points to it
};

/// errno that fits and the kernel's state: proven. The state alone: likely. errno with another
/// witness: likely; alone: possible. An errno that does not fit rules the cause out.
[[nodiscard]] Assessment judge(const WriteCase& write_case, Claim claim);

[[nodiscard]] Assessment assess_disk_full(const WriteCase& write_case);
[[nodiscard]] Assessment assess_inodes_exhausted(const WriteCase& write_case);
[[nodiscard]] Assessment assess_quota_exceeded(const WriteCase& write_case);
[[nodiscard]] Assessment assess_stale_temp_files(const WriteCase& write_case);
[[nodiscard]] Assessment assess_file_size_limit(const WriteCase& write_case);
[[nodiscard]] Assessment assess_read_only_filesystem(const WriteCase& write_case);
[[nodiscard]] Assessment assess_read_only_sandbox(const WriteCase& write_case);
[[nodiscard]] Assessment assess_io_error(const WriteCase& write_case);
[[nodiscard]] Assessment assess_unsuitable_filesystem(const WriteCase& write_case);
[[nodiscard]] Assessment assess_permission_denied(const WriteCase& write_case);
[[nodiscard]] Assessment assess_immutable_or_sticky(const WriteCase& write_case);
[[nodiscard]] Assessment assess_mac_denied(const WriteCase& write_case);
[[nodiscard]] Assessment assess_missing_dir(const WriteCase& write_case);
[[nodiscard]] Assessment assess_target_busy(const WriteCase& write_case);

/// NFS, SMB, FUSE and others that do not keep what a save relies on.
[[nodiscard]] bool is_unsuitable_filesystem(std::string_view type);

}  // namespace forkmend::diagnosis
