// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/shared_list.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// One record of the kernel log.
struct KernelMessage {
  std::chrono::microseconds at{0};  ///< since boot, CLOCK_MONOTONIC
  std::uint64_t sequence = 0;
  int level = 0;
  std::string text;
};

/// One /dev/kmsg record ("6,339,5140900,-;NET: Registered ..."; continuation lines dropped).
[[nodiscard]] Result<KernelMessage> parse_kmsg_record(std::string_view record);

/// A kernel log as text, oldest first, at most the newest `limit`: one record a line, as /dev/kmsg
/// gives them or as "[  352.094612] text". Other lines are left out.
[[nodiscard]] std::vector<KernelMessage> parse_kernel_log(std::string_view text,
                                                          std::size_t limit = 4000);

/// Every record now in the kernel log, oldest first, at most the newest `limit`. On the live host
/// from /dev/kmsg; in a captured tree from dev/kmsg with one record a line.
/// Errors: Errc::permission_denied under dmesg_restrict without CAP_SYSLOG.
[[nodiscard]] Result<SharedList<KernelMessage>> read_kernel_log(const Root& root,
                                                                std::size_t limit = 4000);

}  // namespace forkmend::host
